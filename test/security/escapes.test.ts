/** What a hostile process of a session tries, checked from outside. Each also without a cell: a vector that fails there proves nothing. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processesOf, signal, startTimeOf } from '../../src/platform/processes.ts'
import { makeWorld, noCell, type World } from '../walls/world.ts'

interface Vector {
  name: string
  script: string
  /** Did it happen? Looked at from outside. */
  escaped: (world: World, out: string) => boolean
}

const file = (path: (w: World) => string) => (w: World) => existsSync(path(w))
const changed = (path: (w: World) => string, original: string) => (w: World) =>
  !existsSync(path(w)) || readFileSync(path(w), 'utf8') !== original
const pwned = file((w) => join(w.main, 'pwned'))
const readme = changed((w) => join(w.main, 'README.md'), 'main\n')
const branchMoved = (name: string) => (w: World) => w.git(w.main, 'log', '--format=%s', name) !== 'first'
const read = (_: World, out: string) => out.includes('SECRET')
const said = (_: World, out: string) => out.includes('ESCAPED')
const inHome = (name: string, original: string) => changed((w) => join(w.home, name), original)
const GITCONFIG = '[user]\n\tname = A Person\n\temail = person@example.org\n[init]\n\tdefaultBranch = main\n'
const commit = 'git commit -q --allow-empty -m evil'

const VECTORS: Vector[] = [
  { name: 'absolute path', script: 'echo x > "$MAIN/pwned"', escaped: pwned },
  { name: '..', script: 'echo x > ../../app/pwned', escaped: pwned },
  { name: 'link to a directory', script: 'ln -s "$MAIN" out; echo x > out/pwned', escaped: pwned },
  { name: 'link to a file', script: 'ln -s "$MAIN/README.md" l; echo x > l', escaped: readme },
  { name: 'hard link', script: 'ln "$MAIN/README.md" h && echo x >> h', escaped: readme },
  {
    name: 'child process: perl',
    script: `perl -e 'open(F, ">", "$ENV{MAIN}/pwned") && print F "x"'`,
    escaped: pwned,
  },
  {
    name: 'child process: node',
    script: `"$NODE" -e 'fs.writeFileSync(process.env.MAIN + "/pwned", "x")'`,
    escaped: pwned,
  },
  {
    name: 'script written in the workspace',
    script: 'printf \'echo x > "$MAIN/pwned"\' > s.sh; sh s.sh',
    escaped: pwned,
  },
  { name: 'variable and eval', script: 'a=MAIN; eval "echo x > \\$$a/pwned"', escaped: pwned },
  { name: 'cd', script: 'cd "$MAIN" && touch pwned', escaped: pwned },
  {
    name: 'chmod',
    script: 'chmod 777 "$MAIN/README.md"',
    escaped: (w) => (statSync(join(w.main, 'README.md')).mode & 0o777) === 0o777,
  },
  {
    name: 'times',
    script: 'touch -d 2001-01-01 "$MAIN/README.md"',
    escaped: (w) => statSync(join(w.main, 'README.md')).mtime.getFullYear() === 2001,
  },
  { name: 'rename', script: 'mv "$MAIN/README.md" "$MAIN/x"', escaped: readme },
  { name: 'remove', script: 'rm -rf "$MAIN"/*', escaped: readme },

  {
    name: 'git -C commit',
    script: `cd "$WS" && git -C "$MAIN" commit -q --allow-empty -m evil`,
    escaped: branchMoved('main'),
  },
  {
    name: 'git -C reset',
    script: 'git -C "$MAIN" update-ref -d refs/heads/third; git -C "$MAIN" reset -q --hard',
    escaped: (w) => w.git(w.main, 'branch', '--list', 'third') === '',
  },
  {
    name: 'git -C config',
    script: 'git -C "$MAIN" config core.hooksPath /x',
    escaped: (w) => w.git(w.main, 'config', '--list').includes('hookspath'),
  },
  {
    name: 'git --git-dir update-ref',
    script: `${commit}; git --git-dir="$MAIN/.git" --work-tree=. update-ref refs/heads/third $(GIT_DIR="$MAIN/.git" git commit-tree -m evil "main^{tree}")`,
    escaped: branchMoved('third'),
  },
  {
    name: 'git push into main',
    script: `${commit}; git push -q "$MAIN" HEAD:refs/heads/third`,
    escaped: branchMoved('third'),
  },
  {
    name: 'git config of the person',
    script: 'git config --global core.pager evil',
    escaped: inHome('.gitconfig', GITCONFIG),
  },
  {
    name: 'hook in main',
    script: 'mkdir -p "$MAIN/.git/hooks"; echo x > "$MAIN/.git/hooks/pre-commit"',
    escaped: file((w) => join(w.main, '.git/hooks/pre-commit')),
  },
  {
    name: 'objects of main',
    script: 'rm -rf "$MAIN"/.git/objects/??',
    escaped: (w) => !readdirSync(join(w.main, '.git/objects')).some((name) => name.length === 2),
  },
  {
    name: 'alternates of main',
    script: 'echo /x > "$MAIN/.git/objects/info/alternates"',
    escaped: file((w) => join(w.main, '.git/objects/info/alternates')),
  },
  {
    name: 'commondir of main',
    script: 'echo /x > "$MAIN/.git/commondir"',
    escaped: file((w) => join(w.main, '.git/commondir')),
  },
  {
    name: 'mv .git/refs of main',
    script: 'mv "$MAIN/.git/refs" "$MAIN/.git/r"',
    escaped: file((w) => join(w.main, '.git/r')),
  },

  {
    name: "another session's file",
    script: 'echo x > "$OTHER/pwned"',
    escaped: file((w) => join(w.other, 'pwned')),
  },
  { name: "another session's secret", script: 'cat "$OTHER/secret"', escaped: read },
  {
    name: "another session's branch",
    script: `git -C "$OTHER" commit -q --allow-empty -m evil`,
    escaped: (w) => w.git(w.other, 'log', '--format=%s') !== 'first',
  },
  {
    name: 'the name of another session',
    script: 'ls "$OTHER/.." | grep -q two && echo ESCAPED',
    escaped: said,
  },
  { name: 'a workspace beside', script: 'mkdir "$WS-2" && echo ESCAPED', escaped: file((w) => `${w.ws}-2`) },
  { name: 'own workspace moved away', script: 'mv "$WS" "$WS.x"', escaped: file((w) => `${w.ws}.x`) },
  { name: "the product's journal, read", script: 'cat "$STATE/journal.db"', escaped: read },
  {
    name: "the product's journal, written",
    script: 'echo x > "$STATE/journal.db"',
    escaped: changed((w) => join(w.state, 'journal.db'), 'SECRET\n'),
  },
  {
    name: "the supervisor's socket",
    script: `"$NODE" -e 'net.connect(process.env.RUN + "/s.sock", () => { console.log("ESCAPED"); process.exit() }).on("error", () => {})'`,
    escaped: said,
  },

  ...['.bashrc', '.profile', '.zshrc'].map((name) => ({
    name: `~/${name}`,
    script: `echo evil >> ~/${name}`,
    escaped: inHome(name, '# mine\n'),
  })),
  { name: '~/.gitconfig', script: 'echo evil >> ~/.gitconfig', escaped: inHome('.gitconfig', GITCONFIG) },
  {
    name: '~/.gitconfig, replaced',
    script: 'echo evil > g; mv -f g ~/.gitconfig',
    escaped: inHome('.gitconfig', GITCONFIG),
  },
  {
    name: '~/.ssh, written',
    script: 'echo evil >> ~/.ssh/authorized_keys',
    escaped: file((w) => join(w.home, '.ssh/authorized_keys')),
  },
  { name: '~/.ssh, read', script: 'cat ~/.ssh/id_ed25519', escaped: read },
  { name: '~/.netrc, read', script: 'cat ~/.netrc', escaped: read },
  {
    name: '~/.claude/settings.json',
    script: 'echo evil >> ~/.claude/settings.json',
    escaped: inHome('.claude/settings.json', '{}\n'),
  },
  {
    name: '~/.claude moved aside',
    script: 'mv ~/.claude ~/.c && mkdir ~/.claude',
    escaped: file((w) => join(w.home, '.c')),
  },
  {
    name: 'a user service',
    script: 'echo evil >> ~/.config/systemd/user/mine.service',
    escaped: inHome('.config/systemd/user/mine.service', '# mine\n'),
  },
  { name: 'a new file in the home', script: 'echo x > ~/new', escaped: file((w) => join(w.home, 'new')) },
  {
    name: 'a protected file below a writable directory',
    script: 'echo evil > ~/.agent/inner/settings.json; rm -f ~/.agent/inner/settings.json',
    escaped: inHome('.agent/inner/settings.json', '{}\n'),
  },
  {
    name: 'a protected file, its parent moved aside',
    script: 'mv ~/.agent/inner ~/.agent/x; mkdir -p ~/.agent/inner; echo evil > ~/.agent/inner/settings.json',
    escaped: inHome('.agent/inner/settings.json', '{}\n'),
  },

  {
    name: 'kill of a foreign process',
    // Until it is gone: a signal is not yet a death.
    script: 'kill -9 "$VICTIM" && while kill -0 "$VICTIM" 2>/dev/null; do :; done',
    escaped: (_, out) => out.includes('VICTIM DEAD'),
  },
  {
    name: '/proc/PID/cwd of a foreign process',
    script: 'echo x > "/proc/$VICTIM/cwd/pwned"',
    escaped: pwned,
  },
  {
    name: '/proc/PID/environ of a foreign process',
    script: 'tr "\\0" "\\n" < "/proc/$VICTIM/environ"',
    escaped: read,
  },
  { name: '/tmp', script: 'echo x > "/tmp/$MARK"', escaped: (_, out) => existsSync(`/tmp/${markOf(out)}`) },
  {
    name: '/var/tmp',
    script: 'echo x > "/var/tmp/$MARK"',
    escaped: (_, out) => existsSync(`/var/tmp/${markOf(out)}`),
  },
  {
    name: '/dev/shm',
    script: 'echo x > "/dev/shm/$MARK"',
    escaped: (_, out) => existsSync(`/dev/shm/${markOf(out)}`),
  },
  {
    name: 'a daemon outlives the session',
    script: `setsid sh -c 'trap "" HUP TERM; while :; do sleep 1; done' > /dev/null 2>&1 &`,
    escaped: (_, out) => processesOf(null, `MARK=${markOf(out)}`).length > 0,
  },
  {
    name: 'remount and umount in a namespace of its own',
    script: `unshare -Urm sh -c 'mount -o remount,rw,bind / ; mount -o remount,rw,bind "$MAIN"; umount -l "$MAIN"; umount -l "$STATE"; echo x > "$MAIN/pwned"; cat "$STATE/journal.db"'`,
    escaped: (w, out) => pwned(w) || read(w, out),
  },
  {
    name: 'umount of what hides',
    script:
      'umount "$STATE"; umount -l "$HOME/.ssh"; umount -l "$MAIN"; cat "$STATE/journal.db" && echo x > "$MAIN/pwned"',
    escaped: (w, out) => pwned(w) || read(w, out),
  },
  {
    name: 'privileges',
    script: 'grep -q "^NoNewPrivs:.*0" /proc/self/status && echo ESCAPED',
    escaped: said,
  },
]

const markOf = (out: string): string => /MARK (\w+)/.exec(out)?.[1] ?? 'none'

interface Stage {
  world: World
  victim: ChildProcess
  server: Server
}

async function stage(): Promise<Stage> {
  const world = makeWorld()
  const victim = spawn('sleep', ['600'], {
    cwd: world.main,
    env: { ...world.env, TOKEN: 'SECRET' },
    stdio: 'ignore',
  })
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(join(world.run, 's.sock'), resolve))
  return { world, victim, server }
}

async function strike(on: Stage, vector: Vector, rung?: 'hooks'): Promise<boolean> {
  const mark = `m${randomBytes(6).toString('hex')}`
  const env = { VICTIM: String(on.victim.pid), MARK: mark }
  const result = await on.world.script(vector.script, { env, ...(rung ? { rung } : {}) })
  const dead = startTimeOf(on.victim.pid ?? 0) === null ? 'VICTIM DEAD' : ''
  const escaped = vector.escaped(on.world, `${result.stdout}\nMARK ${mark}\n${dead}`)
  for (const pid of processesOf(null, `MARK=${mark}`)) signal(pid, 'SIGKILL')
  for (const place of ['/tmp', '/var/tmp', '/dev/shm']) rmSync(join(place, mark), { force: true })
  return escaped
}

async function clear(on: Stage): Promise<void> {
  on.victim.kill('SIGKILL')
  await new Promise((resolve) => on.server.close(resolve))
  on.world.remove()
}

describe.skipIf(noCell)(`a session in its cell cannot reach out${noCell}`, () => {
  let on: Stage
  beforeAll(async () => {
    on = await stage()
  })
  afterAll(() => clear(on))

  test.each(VECTORS)('$name', async (vector) => {
    expect(await strike(on, vector)).toBe(false)
  })

  test('and what was attacked is as it was', () => {
    const { world: w } = on
    expect(w.git(w.main, 'status', '--porcelain')).toBe('')
    expect(w.git(w.main, 'fsck', '--strict')).toBe('')
    expect(readdirSync(w.main).sort()).toEqual(['.git', 'README.md'])
    expect(startTimeOf(on.victim.pid ?? 0)).not.toBe(null)
    // The attacks did run: what they may write was written.
    expect(existsSync(join(w.ws, 's.sh'))).toBe(true)
  })
})

describe('without a cell the same vectors get out, as `doctor` says', () => {
  test.each(VECTORS)('$name', async (vector) => {
    const on = await stage()
    try {
      expect(await strike(on, vector, 'hooks')).toBe(true)
    } finally {
      await clear(on)
    }
  })
})
