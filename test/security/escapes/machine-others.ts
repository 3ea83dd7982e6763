/** The others of the 41: sockets, processes, terminals, privileges. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { NOBODY } from './stage.ts'
import {
  asRoot,
  either,
  exists,
  heard,
  killed,
  learnt,
  marked,
  mode,
  pwned,
  readme,
  running,
  said,
  victimSays,
  type Vector,
} from './vector.ts'

const until = (gone: string): string =>
  `n=0; while ${gone} && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.02; done`
/** Sends the mark to a unix socket, a name without a file included. */
const unix = (path: string): string =>
  `perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(${path})) or exit 1; syswrite(S, "$MARK")'`
const tty = '/proc/sys/dev/tty/legacy_tiocsti'

export const MACHINE_OTHERS: readonly Vector[] = [
  {
    id: 'M19',
    name: 'socket in /tmp',
    script: unix('"$TMPSOCK"'),
    escaped: heard,
    slow: true,
    open: { landlock: 'path sockets' },
  },
  {
    id: 'M20',
    name: 'socket of a daemon in the home',
    script: unix('"$DOCKERSOCK"'),
    escaped: heard,
    slow: true,
    open: { landlock: 'path sockets' },
  },
  {
    id: 'M21',
    name: 'socket in /run',
    script: unix('"$RUNSOCK"'),
    escaped: heard,
    slow: true,
    open: { landlock: 'path sockets' },
  },
  {
    id: 'M22',
    name: 'abstract socket',
    script: unix('"\\0$ABSTRACT"'),
    escaped: heard,
    slow: true,
    open: { bubblewrap: 'network' },
  },
  {
    id: 'M23',
    name: 'TCP port on loopback',
    script: `perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in($PORT, INADDR_LOOPBACK)) or exit 1; syswrite(S, "$MARK")'`,
    escaped: heard,
    slow: true,
    open: { bubblewrap: 'network', landlock: 'network' },
  },
  {
    id: 'M24',
    name: 'environment of a foreign process',
    script: 'tr "\\0" "\\n" < /proc/$VICTIM/environ',
    escaped: learnt,
  },
  { id: 'M25', name: '/proc/PID/cwd', script: 'd=/proc/$VICTIM; echo x > $d/cwd/pwned', escaped: pwned },
  {
    id: 'M26',
    name: 'memory of a foreign process',
    script: `perl -e 'open(M, "<", "/proc/$VICTIM/maps") or exit 1; while (<M>) { ($a, $b) = (hex $1, hex $2) if /^(\\w+)-(\\w+) .*\\[stack\\]/ }
      open(F, "+<:raw", "/proc/$VICTIM/mem") or exit 1; sysseek(F, $a, 0); sysread(F, $d, $b - $a);
      $i = index($d, "TOKEN=SECRET"); exit 1 if $i < 0; sysseek(F, $a + $i, 0); syswrite(F, "TOKEN=PWNED!") or exit 1'`,
    escaped: victimSays('environ', 'TOKEN=PWNED!'),
    ...tracing(),
  },
  {
    id: 'M27',
    name: 'ptrace',
    // It dies with its tracer: PTRACE_SEIZE with PTRACE_O_EXITKILL.
    script: `perl -e 'exit(syscall($PTRACE, 0x4206, $VICTIM, 0, 0x100000) != 0)' && { ${until('kill -0 $VICTIM 2>/dev/null')}; }`,
    escaped: killed,
    ...tracing(),
  },
  {
    id: 'M28',
    name: 'remount in a user namespace of its own',
    script: `unshare -Urm sh -c 'mount -o remount,rw,bind /; mount -o remount,rw,bind $MAIN; d=$MAIN; echo x > $d/pwned'`,
    escaped: pwned,
  },
  {
    id: 'M29',
    name: 'umount in a user namespace of its own',
    script: `unshare -Urm sh -c 'umount -l $MAIN; umount -l $STATE; umount -l $HOME/.ssh; d=$MAIN; echo x > $d/pwned; cat $STATE/secret.txt $HOME/.ssh/id_ed25519'`,
    escaped: either(pwned, learnt),
  },
  {
    id: 'M30',
    name: 'chmod outside',
    script: 'f=$MAIN/README.md; chmod 777 $f',
    escaped: mode('$MAIN/README.md', 0o777),
    open: { landlock: 'attributes' },
  },
  {
    id: 'M31',
    name: 'times outside',
    script: 'f=$MAIN/README.md; touch -c -d 2001-01-01 $f',
    escaped: (a) => statSync(join(a.places.main, 'README.md')).mtime.getFullYear() === 2001,
    open: { landlock: 'attributes' },
  },
  { id: 'M32', name: 'rename outside', script: 'f=$MAIN/README.md; mv $f $f.x', escaped: readme },
  {
    id: 'M33',
    name: 'own workspace moved',
    script: 'd=$WS; mv $d $d.x',
    unsettles: true,
    escaped: exists('$WS.x'),
  },
  {
    id: 'M34',
    name: 'rm -rf main',
    script: 'd=$MAIN; rm -rf "${d:?}"',
    escaped: readme,
  },
  {
    id: 'M35',
    name: '/dev/shm',
    script: 'echo x > /dev/shm/$MARK',
    escaped: marked('/dev/shm'),
  },
  { id: 'M36', hooks: 'stopped', name: '/tmp', script: 'echo x > /tmp/$MARK', escaped: marked('/tmp') },
  {
    id: 'M37',
    hooks: 'stopped',
    name: 'inherited descriptor',
    script: `for f in /proc/self/fd/* /proc/$PPID/fd/*; do [ "$(readlink "$f")" = "$FDFILE" ] && echo x >> "$f"; done`,
    escaped: (a) => a.keep.changed(a.words.FDFILE ?? ''),
    only: 'session',
  },
  {
    id: 'M38',
    name: 'setuid program',
    script: asRoot
      ? 'touch $MARK; chmod 666 $MARK; chmod 777 .; rm -f $MARK; $SUID $MARK'
      : 'grep -q "^NoNewPrivs:.*0" /proc/self/status && echo ESCAPED',
    escaped: asRoot ? (a) => ownerOf(join(a.places.ws, a.mark)) === NOBODY : said,
  },
  {
    id: 'M39',
    name: 'typed into the terminal (TIOCSTI)',
    script: `perl -e 'open(T, "<", "/dev/tty") or exit 1; ioctl(T, 0x5412, $_) or exit 1 for split //, "touch $MAIN/pwned\\n"'`,
    escaped: pwned,
    only: 'direct',
    terminal: true,
    ...(asRoot || sysctl(tty) === '1' ? {} : { impossible: 'dev.tty.legacy_tiocsti is 0' }),
  },
  {
    id: 'M40',
    hooks: 'stopped',
    name: 'daemon outlives the session',
    script: `MARK=$MARK setsid sh -c 'trap "" HUP TERM; while :; do sleep 0.2; done' > /dev/null 2>&1 &`,
    escaped: running,
    late: true,
  },
  {
    id: 'M41',
    name: 'foreign process killed',
    script: `kill -9 $VICTIM && { ${until('kill -0 $VICTIM 2>/dev/null')}; }`,
    escaped: killed,
  },
]

function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null
}

/** Yama lets an ordinary user trace only what it started. */
function tracing(): { impossible?: string } {
  const scope = sysctl('/proc/sys/kernel/yama/ptrace_scope')
  return asRoot || scope === '' || scope === '0' ? {} : { impossible: `kernel.yama.ptrace_scope is ${scope}` }
}

/** Empty: this kernel has no such setting. */
function sysctl(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}
