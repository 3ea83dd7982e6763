/** Further attacks: what Worktrain itself keeps, shared git state, and ways round the first ones. */
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import type { Attempt } from './stage.ts'
import {
  ROOT_ONLY,
  asRoot,
  changed,
  either,
  exists,
  heard,
  learnt,
  marked,
  pwned,
  readme,
  said,
  victimSays,
  type Vector,
} from './vector.ts'

const unix = (path: string): string =>
  `perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("${path}")) or exit 1; syswrite(S, "$MARK")'`
const ADD_KEY = process.arch === 'arm64' ? 217 : 248
/** Number of a key of SysV shared memory, from the mark. */
const shmKey = (mark: string): number => Number.parseInt(mark.slice(1, 8), 16)

export const OWN: readonly Vector[] = [
  {
    id: 'W1',
    name: 'link to a file',
    script: 'ln -s $MAIN/README.md $MARK; echo x > $MARK',
    escaped: readme,
  },
  {
    id: 'W2',
    name: 'child process (node)',
    script: `$NODE -e 'fs.writeFileSync("$MAIN/pwned", "x")'`,
    escaped: pwned,
  },
  {
    id: 'W9',
    name: "another session's secret read",
    script: 'cat $OTHER/secret',
    escaped: learnt,
  },
  {
    id: 'W10',
    name: "another session's branch",
    script: 'cd $OTHER && git commit -q --allow-empty -m evil && echo ESCAPED',
    escaped: said,
  },
  {
    id: 'W11',
    name: "another session's existence",
    script: 'ls $OTHER/.. | grep -q "$(basename $OTHER)" && echo ESCAPED',
    escaped: said,
    open: { landlock: 'names' },
  },
  { id: 'W12', name: 'a workspace beside', script: 'd=$WS-2; mkdir $d', escaped: exists('$WS-2') },
  {
    id: 'W13',
    name: "Worktrain's state read",
    script: 'cat $STATE/secret.txt',
    escaped: learnt,
  },
  {
    id: 'W14',
    name: "Worktrain's state written",
    script: 'f=$STATE/secret.txt; echo x > $f',
    escaped: changed('$STATE/secret.txt'),
  },
  {
    id: 'W15',
    name: "socket in Worktrain's directory",
    script: unix('$PRODUCTSOCK'),
    escaped: heard,
    slow: true,
    open: { landlock: 'path sockets' },
  },
  {
    id: 'W16',
    name: 'socket elsewhere in the home',
    script: unix('$HOMESOCK'),
    escaped: heard,
    slow: true,
    // In a session it opens when the cell has been built already.
    open: { landlock: 'path sockets', 'session bubblewrap': 'path sockets' },
  },
  ...['.profile', '.zshrc', '.cache/tools/program'].map((name, i) => ({
    id: `W${17 + i}`,
    name: `~/${name}`,
    script: `f=~/${name}; echo evil >> $f`,
    escaped: changed(`~/${name}`),
  })),
  {
    id: 'W20',
    name: '~/.gitconfig replaced',
    script: 'echo evil > $MARK; d=~; mv -f $MARK $d/.gitconfig',
    escaped: changed('~/.gitconfig'),
  },
  {
    id: 'W21',
    name: '~/.ssh written',
    script: 'd=~/.ssh; echo evil >> $d/authorized_keys',
    escaped: exists('~/.ssh/authorized_keys'),
  },
  { id: 'W22', name: '~/.netrc read', script: 'cat ~/.netrc', escaped: learnt },
  { id: 'W23', name: '~/.aws read', script: 'cat ~/.aws/credentials', escaped: learnt },
  {
    id: 'W24',
    name: 'other files of the home read',
    script: 'cat ~/letters/private.txt',
    escaped: learnt,
    open: { bubblewrap: 'home read', landlock: 'home read' },
  },
  {
    id: 'W50',
    name: 'credential put there after the start',
    script: 'cat ~/.local/share/keyrings/login.keyring',
    escaped: learnt,
    open: { 'session bubblewrap': 'later', 'session landlock': 'later' },
  },
  {
    id: 'W25',
    name: '~/.claude moved aside',
    script: 'd=~; mv $d/.claude $d/.c && mkdir $d/.claude',
    escaped: exists('~/.c'),
  },
  { id: 'W26', name: 'new file in the home', script: 'd=~; echo x > $d/pwned', escaped: exists('~/pwned') },
  { id: 'W27', name: '/var/tmp', script: 'd=/var/tmp; echo x > $d/$MARK', escaped: marked('/var/tmp') },
  { id: 'W28', name: '/etc', script: 'd=/etc; echo x > $d/$MARK', escaped: marked('/etc'), ...ROOT_ONLY },
  {
    id: 'W29',
    name: 'umount of what hides',
    script:
      'umount $STATE; umount -l ~/.ssh; umount -l $MAIN; cat $STATE/secret.txt ~/.ssh/id_ed25519; d=$MAIN; echo x > $d/pwned',
    escaped: either(pwned, learnt),
  },
  {
    id: 'W30',
    name: 'namespaces of a foreign process',
    script: `nsenter -t $VICTIM -m -- sh -c 'd=$MAIN; touch $d/pwned'`,
    escaped: pwned,
    ...ROOT_ONLY,
  },
  {
    id: 'W31',
    name: '/proc/PID/root',
    script: 'd=/proc/$VICTIM/root$MAIN; echo x > $d/pwned',
    escaped: pwned,
  },
  {
    id: 'W32',
    name: 'settings of a foreign process',
    script: 'd=/proc/$VICTIM; echo 500 > $d/oom_score_adj',
    escaped: victimSays('oom_score_adj', '500'),
    clean: (a) => a.spend(),
  },
  {
    id: 'W33',
    name: 'priority of a foreign process',
    script: 'renice -n 17 -p $VICTIM',
    escaped: (a) => {
      const stat = readFileSync(`/proc/${a.victim.pid}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16] === '17'
    },
    clean: (a) => a.spend(),
    // Of a process with root's privileges it takes as many to change it, and the cell has none.
    ...(asRoot ? {} : { open: { landlock: 'shared memory' } }),
  },
  {
    id: 'W34',
    name: 'System V shared memory',
    script: `perl -e 'defined shmget(hex(substr("$MARK", 1, 7)), 1, 01600) or exit 1'`,
    escaped: (a) => shmOf(shmKey(a.mark)) !== null,
    clean: (a) => {
      const made = shmOf(shmKey(a.mark))
      if (made) execFileSync('ipcrm', ['-m', made])
    },
    open: { landlock: 'shared memory' },
  },
  {
    id: 'W35',
    name: 'terminal of the person, written',
    script: 'f=$PTS; printf $MARK > $f',
    escaped: heard,
    slow: true,
  },
  {
    id: 'W36',
    name: 'terminal of the person, typed into',
    script: `perl -e 'open(T, "<", "$PTS") or exit 1; ioctl(T, 0x5412, $_) or exit 1 for split //, "$MARK"'`,
    escaped: heard,
    slow: true,
    ...ROOT_ONLY,
  },
  {
    id: 'W37',
    name: 'keyring of the user',
    // add_key to the user's keyring, for a minute.
    script: `perl -e '$t = "user"; $d = "$MARK"; $v = "x"; $k = syscall(${ADD_KEY}, $t, $d, $v, 1, -4); exit 1 if $k < 0; syscall(${ADD_KEY + 2}, 15, $k, 60)'`,
    escaped: (a) => inUsersKeyring(a.mark),
    ...keyrings(),
  },
  {
    id: 'W44',
    name: 'keyring of the user, by its number',
    // KEYCTL_LINK into the process's own keyring gives the rights of who possesses it.
    script: `perl -e '$t = "user"; $d = "$MARK"; $v = "x"; syscall(${ADD_KEY + 2}, 8, ${userKeyring()}, -2); $k = syscall(${ADD_KEY}, $t, $d, $v, 1, ${userKeyring()}); exit 1 if $k < 0; syscall(${ADD_KEY + 2}, 15, $k, 60)'`,
    escaped: (a) => inUsersKeyring(a.mark),
    ...keyrings(),
  },
  {
    id: 'W45',
    name: 'lease that holds up whoever opens the file',
    // F_SETLEASE, F_WRLCK.
    script: `perl -e 'open(F, "<", "$MAIN/README.md") and fcntl(F, 1024, 1) and print "ESCAPED"'`,
    escaped: said,
  },
  {
    id: 'W38',
    name: 'disk as a device file',
    script: 'mknod $MARK b $DISK && [ "$(head -c 4096 $MARK | wc -c)" = 4096 ] && echo ESCAPED; rm -f $MARK',
    escaped: said,
    ...disk(),
  },
  {
    id: 'W39',
    name: 'control groups',
    script: 'mkdir $CGROUP/$MARK',
    escaped: (a) => existsSync(`${a.words.CGROUP}/${a.mark}`),
    clean: (a) => {
      const made = `${a.words.CGROUP}/${a.mark}`
      if (existsSync(made)) rmdirSync(made)
    },
    ...ROOT_ONLY,
  },
  {
    id: 'W51',
    name: 'control group, mounted again',
    script: `d=$(mktemp -d); unshare -UrmC sh -c "mount -t cgroup2 none $d && mkdir $d/$MARK"`,
    escaped: (a) => existsSync(ownGroup(a)),
    clean: (a) => {
      if (existsSync(ownGroup(a))) rmdirSync(ownGroup(a))
    },
    open: { bubblewrap: 'control group' },
    ...ROOT_ONLY,
  },
  {
    id: 'W40',
    name: 'privileges',
    script: 'grep -q "^NoNewPrivs:.*0" /proc/self/status && echo ESCAPED',
    escaped: said,
  },
  {
    id: 'W49',
    name: 'settings of the kernel',
    // Opened and not written: `core_pattern` names a program that the kernel runs as root.
    script: `perl -e 'open(F, ">>", "/proc/sys/kernel/core_pattern") and print "ESCAPED"'`,
    escaped: said,
    ...writable('/proc/sys/kernel/core_pattern'),
  },
]

function shmOf(key: number): string | null {
  const rows = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n')
  return rows.map((row) => row.trim().split(/\s+/)).find(([own]) => Number(own) === key)?.[1] ?? null
}

function keyrings(): { impossible?: string } {
  return existsSync('/proc/keys') ? {} : { impossible: 'this kernel has no keyrings' }
}

/** KEYCTL_GET_KEYRING_ID of the user's keyring, as /proc/keys shows it; 0: there are none. */
function userKeyring(): number {
  if (!existsSync('/proc/keys')) return 0
  const script = `print syscall(${ADD_KEY + 2}, 0, -4, 1)`
  return Number(spawnSync('perl', ['-e', script], { encoding: 'utf8' }).stdout)
}

/** KEYCTL_SEARCH. */
function inUsersKeyring(name: string): boolean {
  const search = `$t = "user"; $d = "${name}"; exit(syscall(${ADD_KEY + 2}, 10, -4, $t, $d, 0) < 0)`
  return spawnSync('perl', ['-e', search]).status === 0
}

/** A group that the attempt made in the one that the session runs in, which is the test's own. */
function ownGroup({ words, mark }: Attempt): string {
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
  return `${words.CGROUP}${own}/${mark}`
}

function writable(path: string): { impossible?: string } {
  try {
    accessSync(path, constants.W_OK)
    return ROOT_ONLY
  } catch {
    return { impossible: `${path} can be written by nobody here` }
  }
}

/** The disk below the root directory; only its first page is read. Control groups may forbid it. */
function disk(): { impossible?: string } {
  if (ROOT_ONLY.impossible) return ROOT_ONLY
  const { dev } = statSync('/')
  const script = `cd "$(mktemp -d)"; mknod d b ${dev >> 8} ${dev & 0xff} && head -c 1 d > /dev/null; r=$?; rm -rf "$PWD"; exit $r`
  const tried = spawnSync('/bin/sh', ['-c', script], { stdio: 'ignore' })
  return tried.status === 0 ? {} : { impossible: 'this machine lets nobody open such a file' }
}
