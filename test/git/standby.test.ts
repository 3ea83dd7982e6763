/** Git is started by a shell that stands by: with the same result as started here, whatever happens. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { git, inRepository, privateGit } from '../../src/git/index.ts'
import { runInShell } from '../../src/git/standby.ts'
import { signal } from '../../src/platform/processes.ts'
import { commit, repository, sh, temporary } from './repo.ts'

const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C' }

/** Shells of this process that stand by (Linux: reads /proc). */
function shells(): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const [, , ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '- ')
        .split(' ')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return Number(ppid) === process.pid && command === '/bin/sh\0' ? [Number(pid)] : []
    } catch {
      return []
    }
  })
}

test('what git says comes whole: bytes, both streams, exit codes, odd words', async () => {
  const repo = await repository()
  const { root } = repo
  const odd = 'it\'s "odd" $HOME `x` \\ \n ü'
  const bytes = Buffer.from([0, 255, 10, 13, 10, 128])
  commit(root, { 'big.txt': 'line\n'.repeat(400_000), 'a b.txt': bytes.toString('latin1') }, odd)
  const show = (path: string) => inRepository(repo, ['cat-file', 'blob', `HEAD:${path}`], { raw: true })
  expect((await show('big.txt')).bytes.length).toBe(2_000_000)
  expect((await show('a b.txt')).bytes.toString()).toBe(bytes.toString('latin1'))
  const ended = await runInShell(['log', '-1', '--format=%B', `--grep=${odd.slice(0, 20)}`, '-F'], {
    cwd: root,
    env,
  })
  expect(ended).toMatchObject({ code: 0, stdout: `${sh(root, 'log', '-1', '--format=%B')}\n\n`, stderr: '' })
  expect(await runInShell(['rev-parse', '--verify', 'none'], { cwd: root, env })).toMatchObject({
    code: 128,
    stdout: '',
    stderr: 'fatal: Needed a single revision\n',
  })
  expect(await runInShell(['rev-list', '--nonsense'], { cwd: root, env })).toMatchObject({ code: 129 })
  const given = await runInShell(['var', 'GIT_AUTHOR_IDENT'], {
    cwd: root,
    env: { ...env, GIT_AUTHOR_NAME: odd.replaceAll('\n', ' '), GIT_AUTHOR_EMAIL: 'x@y' },
  })
  expect(given?.stdout).toContain(`it's "odd" $HOME`)
})

test('what it is told on its input arrives whole; what no text is, is told as usual', async () => {
  const repo = await repository()
  const lines = `${"HEAD $HOME `x` 'y' \\".split(' ').join('\n')}\n${'HEAD\n'.repeat(5000)}`
  const ask = (input: string | Uint8Array) => inRepository(repo, ['cat-file', '--batch-check'], { input })
  const expected = sh(repo.root, 'rev-parse', 'HEAD')
  const said = (await ask(lines)).stdout.trimEnd().split('\n')
  expect(said.slice(0, 5)).toEqual([
    `${expected} commit ${sh(repo.root, 'cat-file', '-s', 'HEAD')}`,
    ...['$HOME', '`x`', "'y'", '\\'].map((word) => `${word} missing`),
  ])
  expect(said).toHaveLength(5005)
  expect((await ask('HEAD')).stdout).toContain(expected)
  expect((await ask(Buffer.from('HEAD\n'))).stdout).toContain(expected)
})

test('many at once: each is given its own answer', async () => {
  const repo = await repository()
  const names = Array.from({ length: 40 }, (_, n) => `v${n}`)
  for (const name of names) sh(repo.root, 'tag', '-a', '-m', `of ${name}`, name)
  const said = await Promise.all(names.map((name) => inRepository(repo, ['cat-file', 'tag', name])))
  expect(said.map(({ stdout }) => stdout.split('\n').at(-2))).toEqual(names.map((name) => `of ${name}`))
})

test('what git leaves behind says more: the answer comes, and nothing of it in the next', async () => {
  const { root } = await repository()
  const flooding = (then: string) =>
    privateGit(['-c', `alias.flood=!yes late >&2 & echo complains >&2; ${then}`, 'flood'], { cwd: root })
  expect(await flooding('echo said')).toMatchObject({ code: 0, stdout: 'said\n' })
  await expect(flooding('exit 1')).rejects.toMatchObject({ details: { exit: 1 } })
  for (let n = 0; n < 20; n += 1)
    expect(await privateGit(['rev-parse', 'HEAD'], { cwd: root })).toMatchObject({ code: 0, stderr: '' })
})

test('where it cannot be said to a shell, or is not there, git is started as usual', async () => {
  const repo = await repository()
  await expect(git(['version'], { cwd: join(temporary(), 'none') })).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining('does not exist') as string,
  })
  expect(await runInShell(['version'], { env: { ...env, 'odd-name': 'x' } })).toBeNull()
  const long = ['rev-parse', ...Array.from({ length: 3000 }, () => 'HEAD^{commit}')]
  expect((await inRepository(repo, long)).stdout.split('\n')).toHaveLength(3001)
})

test('where no file can be opened any more, each command says so', () => {
  const script = `
    import { openSync } from 'node:fs'
    import { git } from ${JSON.stringify(join(import.meta.dirname, '../../src/git/index.ts'))}
    await git(['version'])
    try { for (;;) openSync('/dev/null') } catch {}
    const ask = () => git(['version']).then(({ code }) => code, (error) => error.code)
    process.stdout.write(String(await Promise.all([ask(), ask(), ask()])))`
  const limited = ['-c', 'ulimit -n 200; exec "$0" --input-type=module -e "$1"', process.execPath, script]
  const ran = spawnSync('/bin/sh', limited, { env })
  expect(ran.stdout.toString(), ran.stderr.toString()).toBe('0,GIT_FAILED,GIT_FAILED')
})

describe.skipIf(process.platform !== 'linux')('a shell (Linux: reads /proc)', () => {
  test('that is killed, idle or at work, is made up for', async () => {
    const repo = await repository()
    const read = () => inRepository(repo, ['rev-parse', 'HEAD^{tree}'])
    const { stdout } = await read()
    for (let n = 0; n < 5; n += 1) {
      const running = Promise.all([read(), read(), read()])
      for (const pid of shells()) signal(-pid, 'SIGKILL')
      expect((await running).map((each) => each.stdout)).toEqual([stdout, stdout, stdout])
    }
  })

  test('that is killed at work fails what writes, as a git that is killed does', async () => {
    const { root } = await repository()
    const pipe = join(temporary(), 'pipe')
    spawnSync('mkfifo', [pipe])
    // It waits for a message until somebody writes one.
    const writes = () => privateGit(['commit', '--allow-empty', '-F', pipe], { cwd: root })
    for (const whole of [true, false]) {
      const failing = expect(writes()).rejects.toMatchObject({ details: { signal: 'SIGKILL' } })
      const found = await until(() => shells().some((pid) => gitOf(pid) !== null))
      expect(found).toBe(true)
      for (const pid of shells()) {
        const of = gitOf(pid)
        if (of !== null) signal(whole ? -pid : of, 'SIGKILL')
      }
      await failing
      // It may have died with the index locked.
      rmSync(join(root, '.git', 'index.lock'), { force: true })
    }
    expect(sh(root, 'rev-list', '--count', 'HEAD')).toBe('1')
  })

  test('is ended with the command that takes too long', async () => {
    const directory = temporary()
    spawnSync('mkfifo', [join(directory, 'pipe')])
    const started = performance.now()
    const read = ['config', '--file', join(directory, 'pipe'), '--list']
    await expect(git(read, { timeoutMs: 300 })).rejects.toMatchObject({ details: { timedOut: true } })
    expect(performance.now() - started).toBeLessThan(60_000)
    expect((await git(['version'])).code).toBe(0)
  })

  test('ends with whom it serves, also when that is killed', async () => {
    const script = `
      import { git } from ${JSON.stringify(join(import.meta.dirname, '../../src/git/index.ts'))}
      await git(['version'])
      process.stdout.write('ready')
      if (process.argv[1] === 'killed') process.kill(process.pid, 'SIGKILL')`
    for (const how of ['by itself', 'killed']) {
      const mark = `WORKTRAIN_STANDBY_${how.replace(' ', '_')}`
      const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script, how], {
        env: { ...env, PATH: `${env.PATH}:/${mark}` },
      })
      expect(ran.stdout.toString(), ran.stderr.toString()).toBe('ready')
      expect(await until(() => withMark(mark).length === 0)).toBe(true)
    }
  })
})

test('who comes after a process that was killed waits until what it told a shell is done', async () => {
  const { root } = await repository()
  const pipe = join(temporary(), 'pipe')
  spawnSync('mkfifo', [pipe])
  const script = `
    import { nameShells, orphansEnded, privateGit } from ${JSON.stringify(join(import.meta.dirname, '../../src/git/index.ts'))}
    await orphansEnded(nameShells(process.argv[1]))
    if (process.argv[2] === undefined) process.exit()
    void privateGit(['commit', '--allow-empty', '-F', process.argv[2]], { cwd: process.argv[1] })
    // Opened for writing: git reads.
    const { open } = await import('node:fs/promises')
    await open(process.argv[2], 'w')
    process.kill(process.pid, 'SIGKILL')`
  const as = (...args: string[]) => [process.execPath, '--input-type=module', '-e', script, root, ...args]
  const [program = '', ...args] = as(pipe)
  expect(spawnSync(program, args, { env }).signal).toBe('SIGKILL')
  const [again = '', ...after] = as()
  expect(spawnSync(again, after, { env }).status).toBe(0)
  expect(existsSync(join(root, '.git/index.lock'))).toBe(false)
  expect(withMark(`WORKTRAIN_STANDBY=${root}`)).toEqual([])
})

/** The git that a shell has started; null: none. */
function gitOf(shell: number): number | null {
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim()
  return children === '' ? null : Number(children.split(' ')[0])
}

/** Processes with a word in their environment. */
function withMark(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
    } catch {
      return false
    }
  })
}

async function until(condition: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise(setImmediate))
    if (condition()) return true
  return false
}
