/** The Landlock rung: what is granted (pure), and what the kernel then keeps (real). */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { processesOf, signal, startTimeOf } from '../../src/platform/processes.ts'
import { buildCell } from '../../src/walls/index.ts'
import { landlockArgv, type ListDirectory, planLandlock } from '../../src/walls/landlock.ts'
import type { CellFacts } from '../../src/walls/mounts.ts'
import { makeWorld, noLandlock, type World } from './world.ts'

const at = (path: string, directory = true) => ({ path, directory })
const facts: CellFacts = {
  workspace: '/code/app.worktrees/one',
  tempDir: '/home/me/.state/sessions/one/tmp',
  home: '/home/me',
  writable: [at('/home/me/.agent')],
  readable: [at('/code/app')],
  protect: [at('/home/me/.agent/settings.json', false)],
  contested: [],
  hidden: [at('/home/me/.ssh'), at('/home/me/.state'), at('/code/app.worktrees')],
  programs: [],
  sockets: [],
  volatile: ['/run', '/tmp'],
  root: false,
}
const TREE: Record<string, string[]> = {
  '/': ['usr', 'home', 'code', 'run', 'tmp', 'dev', 'bin@'],
  '/home': ['me', 'you'],
  '/home/me': ['.ssh', '.state', '.agent', '.bashrc', 'shortcut@'],
  '/home/me/.agent': ['settings.json', 'log', 'login.json'],
  '/code': ['app', 'app.worktrees', 'other'],
}
const list: ListDirectory = (path) =>
  TREE[path]?.map((name) => ({ name: name.replace('@', ''), link: name.endsWith('@') })) ?? null

describe('what is granted', () => {
  test('everything but what is hidden, entry by entry on the way to it, and never through a link', () => {
    expect(planLandlock(facts, list).read).toEqual([
      '/code/app',
      '/code/app.worktrees/one',
      '/code/other',
      '/home/me/.agent',
      '/home/me/.bashrc',
      '/home/me/.state/sessions/one/tmp',
      '/home/you',
      '/usr',
    ])
  })

  test('a directory with something protected in it by its other entries', () => {
    expect(planLandlock(facts, list).write).toEqual([
      '/code/app.worktrees/one',
      '/home/me/.agent/log',
      '/home/me/.agent/login.json',
      '/home/me/.state/sessions/one/tmp',
    ])
  })

  test('whole where files must be made beside the protected', () => {
    const write = planLandlock({ ...facts, contested: ['/home/me/.agent'] }, list).write
    expect(write).toContain('/home/me/.agent')
  })

  test('only what leads on in a directory that cannot be listed', () => {
    const closed: ListDirectory = (path) => (path === '/home' ? null : list(path))
    const { read } = planLandlock(facts, closed)
    expect(read).not.toContain('/home/you')
    expect(read).toContain('/home/me/.bashrc')
  })

  test('of what is hidden, the door alone can be connected to', () => {
    expect(planLandlock(facts, list).connect).not.toContain('/state')
    expect(planLandlock({ ...facts, door: '/state/door' }, list).connect).toContain('/state/door')
  })

  test('not when there is too much of it to be said', () => {
    const many = {
      read: Array.from({ length: 30_000 }, (_, i) => `/home/me/downloads/file-${i}`),
      write: [],
      connect: [],
    }
    const tools = { perl: '/usr/bin/perl', script: '/x/landlock.pl' }
    expect(() => landlockArgv(many, tools, '/w', ['x'])).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE' }),
    )
    expect(
      landlockArgv({ read: ['/a b'], write: [], connect: [] }, tools, '/w', ['--x', 'y']).slice(0, 4),
    ).toEqual(['/usr/bin/perl', '/x/landlock.pl', '--read', '/a b'])
  })
})

describe.skipIf(noLandlock)(`behind Landlock${noLandlock}`, () => {
  let w: World
  beforeAll(() => {
    w = makeWorld()
  })
  afterAll(() => w.remove())
  const run = (script: string, options: Parameters<World['script']>[1] = {}) =>
    w.script(script, { rung: 'landlock', ...options })

  test('a session works in its workspace, its temp and what it may write', async () => {
    const { stdout, stderr } = await run(`set -e
      echo a > a; mkdir d; mv a d/b; ln d/b c; ln -s c l; mkfifo p; rm p; cat l; rm -r d
      git add -A; git commit -qm one; git log --format=%s -1
      echo t > "$TMPDIR/t"; mv "$TMPDIR/t" t; cat t; cat ~/.gitconfig | head -1
      (echo x > ~/.agent/x) 2>/dev/null || echo "beside the protected: no"; : > /dev/null`)
    expect(stderr).toBe('')
    expect(stdout).toBe('a\none\nt\n[user]\nbeside the protected: no\n')
  })

  test('it reads and changes nothing that is hidden or protected', async () => {
    writeFileSync(join(w.home, 'plain'), 'SECRET\n')
    symlinkSync(join(w.home, '.ssh'), join(w.home, 'keys'))
    const { stdout } = await run(`
      cat ~/.ssh/id_ed25519 ~/keys/id_ed25519 ~/.netrc "$OTHER/secret" "$STATE/journal.db" /proc/$PPID/environ
      ln ~/.netrc n && cat n; cp -l "$OTHER/secret" s && cat s; cd "$OTHER" && cat secret
      echo x > "$MAIN/pwned"; rm -f "$MAIN/README.md"; mv "$MAIN/README.md" r; echo x >> ~/.bashrc
      rm -f ~/.agent/inner/settings.json; mv ~/.agent/inner ~/.agent/y; : > ~/.agent/inner/settings.json; truncate -s 0 ~/.bashrc
      echo x > /tmp/pwned-by-test; echo x > /dev/shm/pwned-by-test; mknod dev c 1 3; exit 0`)
    expect(stdout).toBe('')
    expect(existsSync(join(w.main, 'pwned'))).toBe(false)
    expect(readFileSync(join(w.main, 'README.md'), 'utf8')).toBe('main\n')
    expect(readFileSync(join(w.home, '.bashrc'), 'utf8')).toBe('# mine\n')
    expect(readFileSync(join(w.home, '.agent/inner/settings.json'), 'utf8')).toBe('{}\n')
  })

  test('it has no privileges, no capabilities, and signals nobody else', async () => {
    const victim = spawn('sleep', ['600'], { stdio: 'ignore' })
    onTestFinished(() => void victim.kill('SIGKILL'))
    const { stdout } = await run(
      `grep -E "NoNewPrivs|Cap(Eff|Prm|Inh)" /proc/self/status; kill -9 ${victim.pid}; kill -9 $PPID; echo alive`,
    )
    expect(stdout.replace(/\s+/g, ' ')).toBe(
      'CapInh: 0000000000000000 CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 alive ',
    )
    expect(startTimeOf(victim.pid ?? 0)).not.toBe(null)
  })

  test('it ends with the exit code of its program, or says why it did not begin', async () => {
    expect((await run('exit 7')).code).toBe(7)
    expect((await run('kill -9 $$')).code).toBe(137)
    const { argv } = await buildCell(w.spec, {
      argv: ['/nowhere/program'],
      env: { PATH: w.env.PATH },
      rung: 'landlock',
    })
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(127)
    expect(said).toContain('/nowhere/program cannot be started')
  })

  test('nothing starts when a path to write is a link by then, or gone', async () => {
    const target = join(w.root, 'elsewhere')
    mkdirSync(target)
    const { argv } = await buildCell(
      { ...w.spec, writable: [target] },
      { argv: ['/bin/echo', 'started'], env: { PATH: w.env.PATH }, rung: 'landlock' },
    )
    const planted = argv.map((word) => (word === target ? join(w.root, 'link') : word))
    symlinkSync(target, join(w.root, 'link'))
    for (const words of [planted, argv.map((word) => (word === target ? '/nowhere' : word))]) {
      const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] })
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(125)
      expect(out).toBe('')
    }
  })

  test('inherits no descriptor but its standard ones', async () => {
    const words = await buildCell(w.spec, {
      argv: ['/bin/ls', '-l', '/proc/self/fd'],
      env: { PATH: w.env.PATH },
      rung: 'landlock',
    })
    const [program = '', ...args] = words.argv
    const child = spawn('/bin/sh', ['-c', 'exec "$@" 7< "$0"', join(w.main, 'README.md'), program, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    await new Promise((resolve) => child.once('close', resolve))
    expect(out).toContain(' 1 -> ')
    expect(out).not.toContain('README.md')
  })

  describe('nothing outlives it', () => {
    /** A program with a daemon that left its group and its session and threw its environment away. */
    const DAEMON = `env -i setsid sh -c 'trap "" HUP TERM INT; echo $$; while :; do sleep 0.1; done' &`
    const startWith = async (script: string) => {
      const { argv, env } = await buildCell(w.spec, {
        argv: ['/bin/sh', '-c', script],
        env: { PATH: w.env.PATH },
        rung: 'landlock',
      })
      // A launcher of its own, to be killed: as a host would be.
      const launcher = spawn(
        process.execPath,
        [
          '-e',
          'const [p,...a]=process.argv.slice(1);require("child_process").spawn(p,a,{stdio:"inherit"})',
          ...argv,
        ],
        { env: { ...w.env, ...env, WALLS_TEST: w.root }, stdio: ['ignore', 'pipe', 'inherit'] },
      )
      onTestFinished(() => {
        for (const pid of processesOf(launcher.pid ?? 0, `WALLS_TEST=${w.root}`)) signal(pid, 'SIGKILL')
      })
      const daemon = Number(await new Promise((resolve) => launcher.stdout.once('data', resolve)))
      onTestFinished(() => void signal(daemon, 'SIGKILL'))
      // Closed by the last process that holds it: everything is gone then.
      const gone = new Promise((resolve) => launcher.stdout.once('close', resolve).resume())
      return { launcher, daemon, gone }
    }

    test('when its program ends', async () => {
      const { daemon, gone } = await startWith(`${DAEMON} sleep 0.2; exit 0`)
      await gone
      expect(startTimeOf(daemon)).toBe(null)
    })

    test('when whoever started it is killed', async () => {
      const { launcher, daemon, gone } = await startWith(`${DAEMON} trap '' HUP TERM INT; wait`)
      expect(startTimeOf(daemon)).not.toBe(null)
      launcher.kill('SIGKILL')
      await gone
      expect(startTimeOf(daemon)).toBe(null)
      expect(processesOf(null, `WALLS_TEST=${w.root}`)).toEqual([])
    })
  })
})
