/** What enters a cell with its process, and what is left when it ends. */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { processesOf, signal } from '../../src/platform/processes.ts'
import { buildCell, linkedGit } from '../../src/walls/index.ts'
import { makeWorld, noCell, type World } from '../walls/world.ts'

let w: World
beforeAll(() => {
  w = makeWorld()
})
afterAll(() => w.remove())

describe.skipIf(noCell)(`a cell${noCell}`, () => {
  test('inherits no descriptor but its standard ones', async () => {
    const fd = openSync(join(w.main, 'README.md'), 'r+')
    try {
      const { stdout } = await w.script('ls -l /proc/self/fd')
      expect(stdout).toContain(' 1 -> ')
      expect(stdout).not.toContain('README.md')
    } finally {
      closeSync(fd)
    }
  })

  test('inherits none from a shell that started the supervisor', async () => {
    const { argv, env } = await buildCell(w.spec, {
      argv: ['/bin/ls', '-l', '/proc/self/fd'],
      env: process.env,
    })
    const leak = ['-c', 'exec 9>> "$1"; shift; exec "$@"', 'sh', join(w.main, 'README.md'), ...argv]
    const said = execFileSync('/bin/sh', leak, { env: { ...w.env, ...env }, encoding: 'utf8' })
    expect(said).toContain(' 1 -> ')
    expect(said).not.toContain('README.md')
  })

  test('has a session keyring of its own', async () => {
    const [addKey, keyctl] = process.arch === 'arm64' ? [217, 219] : [248, 250]
    const look = `$t = "user"; $d = "ticket"; print syscall(${keyctl}, 10, -3, $t, $d, 0) < 0 ? "none" : "FOUND"`
    // As at a login: a keyring for the session, and in it what a program of the person put there.
    const login = `syscall(${keyctl}, 1, 0); $t = "user"; $d = "ticket"; $v = "x"; syscall(${addKey}, $t, $d, $v, 1, -3) < 0 and exit 9;
      system("perl", "-e", $ENV{LOOK}); exec @ARGV`
    const { argv, env } = await buildCell(w.spec, { argv: ['perl', '-e', look], env: process.env })
    const options = { env: { ...w.env, ...env, LOOK: look }, encoding: 'utf8' } as const
    expect(execFileSync('perl', ['-e', login, ...argv], options)).toBe('FOUNDnone')
  })

  test('dies with whoever started it, daemons included', async () => {
    const marker = `WALLS_TEST=${w.root}`
    const { argv, env } = await buildCell(w.spec, {
      argv: [
        '/bin/sh',
        '-c',
        `setsid sh -c 'trap "" HUP TERM INT; echo up; sleep 600; :' & trap '' HUP TERM INT; wait; wait`,
      ],
      env: process.env,
    })
    // A launcher of its own, to be killed: as a host would be.
    const launcher = spawn(
      process.execPath,
      [
        '-e',
        'const [p,...a]=process.argv.slice(1);require("child_process").spawn(p,a,{stdio:"inherit"})',
        ...argv,
      ],
      {
        env: { ...w.env, ...env, WALLS_TEST: w.root },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    onTestFinished(() => {
      for (const pid of processesOf(null, marker)) signal(pid, 'SIGKILL')
    })
    await new Promise<void>((resolve) => launcher.stdout.once('data', () => resolve()))
    expect(processesOf(null, marker).length).toBeGreaterThan(2)
    // Closed by the last process that holds it: the whole cell is gone then.
    const gone = new Promise((resolve) => launcher.stdout.once('close', resolve).resume())
    launcher.kill('SIGKILL')
    await gone
    expect(processesOf(null, marker)).toEqual([])
  })

  test('sees no process but its own, and a /dev, /run and /tmp of its own', async () => {
    writeFileSync(join(w.temp, 'mine'), '')
    const { stdout } = await w.script(
      'ls /proc | grep -c "^[0-9]"; ls /run/user /run/lock /run/docker.sock 2>/dev/null; ls /tmp/mine; ls /dev | grep -E "^(sd|vd|nvme|mem|kvm)"; echo $TMPDIR',
    )
    const [count = '99', ...rest] = stdout.trim().split('\n')
    expect(Number(count)).toBeLessThan(10)
    expect(rest).toEqual(['/tmp/mine', '/tmp'])
  })

  test('what it writes to its temp stays with the session', async () => {
    await w.script('echo kept > /tmp/note')
    expect(readFileSync(join(w.temp, 'note'), 'utf8')).toBe('kept\n')
    expect((await w.script('cat /tmp/note')).stdout).toBe('kept\n')
  })

  test('ends with the exit code of its program', async () => {
    expect((await w.script('exit 7')).code).toBe(7)
    expect((await w.script('kill -9 $$')).code).toBe(137)
  })

  test('starts a program that lies under something hidden, read-only', async () => {
    const program = join(w.state, 'agent=1/run me')
    mkdirSync(join(w.state, 'agent=1'))
    writeFileSync(program, '#!/bin/sh\necho "ran $1"; echo x >> "$0"', { mode: 0o755 })
    symlinkSync(program, join(w.state, 'link'))
    for (const path of [program, join(w.state, 'link')]) {
      const { argv, env } = await buildCell(w.spec, { argv: [path, 'a b'], env: process.env })
      const child = spawn(argv[0] ?? '', argv.slice(1), {
        env: { ...w.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      await new Promise((resolve) => child.once('close', resolve))
      expect(out).toBe('ran a b\n')
    }
    expect(readFileSync(program, 'utf8')).not.toMatch(/x$/)
  })

  test('is not built over a link that the session put in the place of an allowed path', async () => {
    symlinkSync(w.main, join(w.ws, 'planted'))
    await expect(w.script('true', { spec: { writable: [join(w.ws, 'planted')] } })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('link'),
    })
    // Also in a directory that sessions share, where another one planted it.
    const shared = join(w.home, '.agent')
    symlinkSync(join(w.home, '.ssh'), join(shared, 'planted'))
    const writable = [shared, join(shared, 'planted')]
    await expect(w.script('true', { spec: { writable } })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(w.script('true', { spec: { writable: [join(w.root, 'nowhere')] } })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })
})

describe.skipIf(noCell)(`a linked workspace in its cell${noCell}`, () => {
  test('commits on its branch, and cannot reach what stands in files of its own', async () => {
    const tree = join(w.root, 'app.worktrees/linked')
    w.git(w.main, 'worktree', 'add', '-q', '-b', 'worktrain/linked', tree)
    w.git(w.main, 'worktree', 'add', '-q', '-b', 'worktrain/sibling', join(w.root, 'app.worktrees/sibling'))
    const common = join(w.main, '.git')
    const mounts = linkedGit(common, join(common, 'worktrees/linked'), 'worktrain/linked')
    const spec = { workspace: tree, writable: mounts.writable, protect: mounts.protect }
    const ok = await w.script(
      `set -e; cd "$WS/../linked"; echo x > f; git add f; git commit -q -m one; git stash list; echo y >> f; git stash -q
       git stash pop -q; git commit -qam two; git rebase -q HEAD~1; git switch -q -c worktrain/linked-2; git log --oneline | wc -l`,
      { spec },
    )
    expect(ok).toMatchObject({ code: 0, stdout: '3\n' })
    const before = w.git(w.main, 'rev-parse', 'main', 'third', 'worktrain/sibling')
    const attack = `cd "$WS/../linked"
      git update-ref refs/heads/main HEAD; git branch -f third HEAD; git update-ref refs/heads/worktrain/sibling HEAD
      mv "$MAIN/.git/refs" "$MAIN/.git/r"; mv "$MAIN/.git/refs/heads" "$MAIN/.git/h"; mv "$MAIN/.git/refs/heads/worktrain" "$MAIN/.git/w"
      echo x > "$MAIN/.git/hooks/pre-commit"; git config core.hooksPath /x; echo x > "$MAIN/.git/HEAD"; rm -f "$MAIN/.git/index"
      echo x > "$MAIN/.git/worktrees/sibling/HEAD"`
    await w.script(attack, { spec })
    expect(w.git(w.main, 'rev-parse', 'main', 'third', 'worktrain/sibling')).toBe(before)
    expect(w.git(w.main, 'status', '--porcelain')).toBe('')
    expect(w.git(w.main, 'config', '--list')).not.toContain('hookspath')
    expect(existsSync(join(common, 'hooks/pre-commit'))).toBe(false)
    expect(w.git(join(w.root, 'app.worktrees/sibling'), 'branch', '--show-current')).toBe('worktrain/sibling')
  })
})
