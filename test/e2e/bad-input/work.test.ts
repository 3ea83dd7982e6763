/** Commands that would lose work or reach nobody, and file names made to deceive. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN, createWorld, type World } from '../../fixtures/world.ts'
import { refused, stays, works } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** A session that runs a script in its workspace and ends. */
async function script(name: string, text: string): Promise<void> {
  const run = ['run', 'Do it', '--name', name, '--check', 'true', '--', '/bin/sh', '-c', text]
  const started = await world.cli(run)
  expect(started.code, started.stderr).toBe(0)
  // The prediction is the last that follows a session's end.
  await world.until(name, (s) => s.process.state === 'exited' && s.merges !== null, 'has ended')
}

describe('work', () => {
  beforeAll(async () => {
    await works(world, 'whole')
    await script('idle', 'true')
    await script('dirty', 'echo draft > draft.txt')
    await stays(world, 'busy')
  })

  test.each<[string[], Parameters<typeof refused>[2]]>([
    [
      ['land', 'idle'],
      { code: 'NOTHING_TO_LAND', says: 'no commit that main lacks', hint: 'worktrain rm idle' },
    ],
    [['land', 'dirty'], { code: 'WORK_UNCOMMITTED', says: 'files: draft.txt', hint: 'Commit it in' }],
    [['land', 'busy'], { code: 'SESSION_BUSY', says: 'still working', hint: 'worktrain stop' }],
    [['rm', 'busy'], { code: 'SESSION_BUSY', says: 'busy is working', hint: 'worktrain stop' }],
    [['resume', 'busy'], { code: 'SESSION_WRONG_STATE', says: 'is running', hint: 'worktrain send busy' }],
    [['stop', 'idle'], { code: 'SESSION_WRONG_STATE', says: 'no live process', hint: 'worktrain why idle' }],
    [
      ['stop', 'idle', '--turn'],
      { code: 'SESSION_WRONG_STATE', says: 'no turn', hint: 'worktrain why idle' },
    ],
    [
      ['send', 'idle', 'more'],
      { code: 'SESSION_WRONG_STATE', says: 'idle has ended', hint: 'worktrain resume idle' },
    ],
    [['send', 'busy', ''], { code: 'USAGE', says: 'There is no text', hint: 'worktrain send --help' }],
    [
      ['answer', 'busy', 'allow'],
      { code: 'QUESTION_UNKNOWN', says: 'asks nothing', hint: 'worktrain why busy' },
    ],
    [['answer', 'idle'], { code: 'QUESTION_UNKNOWN', says: 'asks nothing', hint: 'worktrain why idle' }],
    [['logs', 'idle', '--setup'], { code: 'UNAVAILABLE', says: 'no setup log', hint: 'worktrain why idle' }],
    [['restore', 'idle'], { code: 'SESSION_UNKNOWN', says: 'called "idle"', hint: 'worktrain ls --all' }],
  ])('%j is refused', async (args, expected) => {
    await refused(world, args, expected)
  })

  test.each([
    ['whole', 'is not in main'],
    ['dirty', 'uncommitted changes: draft.txt'],
  ])('rm %s says what would be lost and the command that saves it, which does', async (name, says) => {
    const hint = 'discard it knowingly with --discard'
    // Looking saves it as a hidden snapshot first.
    await world.cli(['rm', name, '--dry-run'])
    await refused(world, ['rm', name], { code: 'WORK_UNSAVED', says, hint })
    const { stderr } = await world.cli(['rm', name])
    const save = /save it with: (.*)/.exec(stderr)?.[1] ?? ''
    expect(save).toContain(`saved/${name}`)
    execFileSync('/bin/sh', ['-c', save], { env: world.env })
    const removed = await world.cli(['rm', name])
    expect([removed.code, removed.stderr]).toEqual([0, ''])
    const saved = world.git(['for-each-ref', '--format=%(refname:short)', `refs/heads/saved/${name}*`])
    const file = name === 'whole' ? 'whole.txt' : 'draft.txt'
    expect(world.git(['show', `${saved.split('\n')[0]}:${file}`])).not.toBe('')
    expect(existsSync(join(world.dir, 'shop.worktrees', name))).toBe(false)
    expect((await world.cli(['restore', name])).code).toBe(0)
    expect(existsSync(join(world.dir, 'shop.worktrees', name, file))).toBe(true)
  })

  test('what was refused works once its reason is gone', async () => {
    expect((await world.cli(['stop', 'busy'])).code).toBe(0)
    expect((await world.cli(['rm', 'busy', 'idle'])).code).toBe(0)
    await world.json(['land', 'whole'])
    await world.until('whole', (s) => s.stage === 'landed', 'lands')
    expect(readFileSync(join(world.repo, 'whole.txt'), 'utf8')).toBe('whole.txt\n')
  })
})

describe('file names, contents and goals that are made to deceive a terminal', () => {
  const evil = [
    'f() { printf x > "$(printf "$1")"; }',
    String.raw`f 'new\nline.txt'`,
    String.raw`f 'colour\033[31m\033]0;title\007.txt'`,
    String.raw`f 'right-to-left\342\200\256txt.exe'`,
    String.raw`f 'no-utf8-\377.txt'`,
    "f 'ünï-😀.txt'",
    'mkdir -- -dash; echo x > ./-dash/-rf',
    String.raw`printf '\033]52;c;aGk=\007\033[2J\n' > content.txt`,
  ].join('\n')
  const commit = String.raw`git add -A; git commit -qm "$(printf 'Evil \033[31m\033]0;x\007')"`

  /** Nothing that a terminal obeys but colours. */
  const expectPlain = (text: string): void => {
    // oxlint-disable-next-line no-control-regex
    const obeyed =
      /(?!\u001b\[[0-9;]*m)[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u
    expect(obeyed.exec(text)).toBe(null)
  }

  beforeAll(async () => {
    await script('evil', `${evil}\n${commit}; ${evil.replaceAll("f '", "f 'again-")}`)
  })

  test.each([
    ['ls'],
    ['ls --all'],
    ['why evil'],
    ['land evil'],
    ['rm evil'],
    ['rm evil --dry-run'],
    ['train'],
  ])('worktrain %s shows them as text', async (args) => {
    const { stdout, stderr } = await world.cli(args.split(' '))
    expectPlain(stdout)
    expectPlain(stderr)
    if (args === 'why evil') {
      expect(stdout).toContain(String.raw`colour\x1b[31m\x1b]0;title\x07.txt`)
      expect(stdout).toContain(String.raw`right-to-left\u202etxt.exe`)
      expect(stdout).toContain('ünï-😀.txt')
    }
    if (args === 'land evil') expect(stderr).toContain(String.raw`"again-new\nline.txt"`)
  })

  test('worktrain diff shows them as text in a terminal, and is a patch that applies in a pipe', async () => {
    const shown = await inTerminal(['diff', 'evil'])
    expectPlain(shown)
    expect(shown).toContain(String.raw`\x1b]52;c;aGk=\x07`)
    const { stdout } = await world.cli(['diff', 'evil', 'content.txt'])
    const paths = execFileSync('git', ['apply', '--numstat', '-'], {
      input: stdout,
      cwd: world.repo,
      env: world.env,
    })
    expect(paths.toString()).toBe('1\t0\tcontent.txt\n')
  })

  test('they land as they are', async () => {
    await script('clean', `${evil}\n${commit}`)
    await world.json(['land', 'clean'])
    await world.until('clean', (s) => s.stage === 'landed', 'lands')
    const names = readdirSync(world.repo, { encoding: 'buffer' }).map((name) => name.toString('latin1'))
    expect(names).toContain('new\nline.txt')
    expect(names).toContain('no-utf8-\u00ff.txt')
    expect(world.git(['status', '--porcelain'])).toBe('')
    const { stdout } = await world.cli(['train'])
    expectPlain(stdout)
  })

  function inTerminal(args: string[]): Promise<string> {
    const terminal = spawn(process.execPath, [BIN, ...args], { cwd: world.repo, env: world.env, cols: 120 })
    let text = ''
    terminal.onData((data) => (text += data))
    return new Promise((resolve) => terminal.onExit(() => resolve(text)))
  }
})
