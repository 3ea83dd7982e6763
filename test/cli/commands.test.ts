/** Command lines against a real socket: what they ask the supervisor, what they print, how they exit. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Parsed } from '../../src/protocol/api.ts'
import { WorktrainError } from '../../src/protocol/errors.ts'
import type { Handlers } from '../../src/server/index.ts'
import { bench } from './fixtures.ts'
import type { Bench } from './fixtures.ts'
import { CHOICE, NOW, PERMISSION, attention, change, session, train } from './fixtures.ts'

let at: Bench | null = null
afterEach(async () => {
  await at?.close()
  at = null
})
const with_ = async (own: Partial<Handlers> = {}): Promise<Bench> => (at = await bench(own))

describe('usage', () => {
  test.for([
    [['lss'], "Unknown command 'lss' (did you mean ls?)"],
    [['ls', '--al'], "Unknown option '--al' (did you mean --all?)"],
    [['rename', 'a'], "Missing required argument 'to'"],
    [['ls', 'too', 'many'], 'Too many arguments'],
    [['run'], 'What shall be done?'],
    [['run', 'a', 'b', '--name', 'x'], '--name is for one session, and there are 2 goals.'],
    [['run', 'a', '-f', 'p.yaml'], 'A plan file says everything'],
    [['run', '-f', 'p.yaml', '--land'], '--land cannot be added'],
    [['run', '-f', 'missing.yaml'], 'missing.yaml cannot be read'],
    [['run', 'a', '--agent', 'command'], 'needs the program after `--`'],
    [['run', 'a', '--agent', 'claude', '--', 'ls'], 'are for --agent command'],
    [['run', 'a', '--kind', 'glass'], 'Allowed choices are sealed, linked'],
    [['plan'], 'Which plan file?'],
    [['logs', 'a', '--bytes', 'many'], '--bytes takes a whole number from 1, not "many".'],
    [['phone', '--stop', '--list'], 'stand alone'],
    [['phone', '--stop', '--name', 'x'], 'stand alone'],
    [['phone', '--for', '1w'], '--for takes a time such as "90m"'],
    [['phone', '--for', '8d'], 'at most 7d'],
    [['phone', '--scope', 'all'], 'Allowed choices are look, answer'],
    [['train', 'eject'], 'it needs the name of a change'],
    [['train', 'hold', 'a', '--watch'], '--watch does not go with `hold`'],
    [['train', 'priority', 'a', 'high'], 'A priority is a whole number'],
    [['train', 'dance'], 'Allowed choices are pause, resume'],
    [['land', 'a', '--priority', 'first'], '`land --priority` takes a number.'],
    [['daemon', 'dance'], 'Allowed choices are status, stop, restart, logs'],
  ] as const)('%j exits 2', async ([argv, message]) => {
    const { run } = await with_()
    const ran = await run([...argv])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(message)
    const json = await run([...argv.slice(0, 1), '--json', ...argv.slice(1)])
    expect(json).toMatchObject({ code: 2, stderr: '' })
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'USAGE', hint: expect.any(String) } })
  })

  test('help and version need no supervisor', async () => {
    const { run } = await with_()
    expect((await run(['--help'])).stdout).toContain('Usage: worktrain COMMAND')
    expect((await run(['help', 'run'])).stdout).toContain('Usage: worktrain run')
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })

  test('worktrain alone is ls', async () => {
    const { run } = await with_({ sessions: async () => [] })
    expect((await run([])).stdout).toContain('no sessions')
  })
})

describe('errors of the supervisor', () => {
  test.for([
    ['SESSION_UNKNOWN', 2],
    ['REPO_NOT_FOUND', 1],
    ['SESSION_BUSY', 3],
    ['NEEDS_PERSON', 4],
  ] as const)('%s exits %i, as text and as JSON', async ([code, exit]) => {
    const { run } = await with_({
      note: async () => {
        throw new WorktrainError(code, 'It is so.', { details: { fact: 1 } })
      },
    })
    const text = await run(['note', 'x', 'text'])
    expect(text).toMatchObject({ code: exit, stdout: '' })
    expect(text.stderr).toContain(`worktrain: It is so. (${code})`)
    const json = await run(['note', 'x', 'text', '--json'])
    expect(json).toMatchObject({ code: exit, stderr: '' })
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code, message: 'It is so.', hint: expect.any(String), details: { fact: 1 } },
    })
  })
})

describe('run', () => {
  const asked: Parsed<'run'>[] = []
  const handlers: Partial<Handlers> = {
    run: async (input) => {
      asked.push(input)
      return {
        sessions: input.sessions.map(({ goal, name }) => session({ goal, name: name ?? 'made-up' })),
        notes: [],
      }
    },
  }
  afterEach(() => void asked.splice(0))

  test('options become briefs', async () => {
    const { run, directory } = await with_(handlers)
    const argv = [
      'run',
      'goal one',
      'goal two',
      '--owns',
      'src/**',
      '--owns',
      'test/**',
      '--after',
      'a',
      '--land',
      '--model',
      'opus',
      '--check',
      'npm test',
    ]
    expect((await run(argv)).code).toBe(0)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.repo).toBe(directory)
    expect(asked[0]?.sessions).toEqual(
      ['goal one', 'goal two'].map((goal) => ({
        goal,
        owns: ['src/**', 'test/**'],
        avoid: [],
        after: ['a'],
        command: [],
        land: true,
        model: 'opus',
        checks: ['npm test'],
      })),
    )
  })

  test('words after -- are a program, options among them its own', async () => {
    const { run } = await with_(handlers)
    await run(['run', 'lint', '--agent', 'command', '--', 'npm', 'run', '--json', 'lint'])
    await run(['run', '--', 'make', 'all'])
    expect(asked.map(({ sessions }) => sessions[0])).toMatchObject([
      { goal: 'lint', agent: 'command', command: ['npm', 'run', '--json', 'lint'] },
      { goal: 'make all', agent: 'command', command: ['make', 'all'] },
    ])
  })

  test('a plan file is read here and understood there', async () => {
    const plans: Parsed<'plan'>[] = []
    const { run, directory } = await with_({
      ...handlers,
      plan: async (input) => {
        plans.push(input)
        const sessions = [{ goal: 'g', name: 'n', owns: [], avoid: [], after: [], command: [] }]
        return { sessions, target: 'trunk', checks: [], limits: { active: 2 }, overlaps: [], waves: [['n']] }
      },
    })
    writeFileSync(join(directory, 'p.yaml'), 'sessions: []\n')
    expect((await run(['run', '-f', 'p.yaml'])).code).toBe(0)
    expect((await run(['run', '-f', '-'], { input: 'from: stdin\n' })).code).toBe(0)
    expect(plans.map(({ text, file }) => [file, text])).toEqual([
      ['p.yaml', 'sessions: []\n'],
      ['-', 'from: stdin\n'],
    ])
    expect(asked[0]).toMatchObject({
      target: 'trunk',
      checks: [],
      limits: { active: 2 },
      sessions: [{ name: 'n' }],
    })
  })

  test('--json prints what the API answered', async () => {
    const { run } = await with_(handlers)
    expect(JSON.parse((await run(['run', 'x', '--json'])).stdout)).toEqual({
      sessions: [session({ goal: 'x', name: 'made-up' })],
      notes: [],
    })
  })

  test.for([
    ['done', { stage: 'handed-off' as const }, 0],
    ['in need of the person', { attention: [attention({ kind: 'permission' })] }, 4],
  ] as const)('--wait leaves when every session is %s', async ([, facts, exit]) => {
    const { run, journal } = await with_({
      ...handlers,
      session: async () =>
        session({ name: 'n', ...facts, attention: [...('attention' in facts ? facts.attention : [])] }),
    })
    await journal.append([
      {
        type: 'session.noted',
        aggregate: 'session',
        id: 's-n',
        data: { note: '' },
        actor: { kind: 'supervisor', pid: 1 },
        cause: 'test',
      },
    ])
    expect((await run(['run', 'x', '--name', 'n', '--wait'])).code).toBe(exit)
  })
})

describe('answer', () => {
  const answers: Parsed<'answer'>[] = []
  const asking = (question: typeof PERMISSION | null): Partial<Handlers> => ({
    session: async () => session({ question }),
    answer: async (input) => {
      answers.push(input)
      return session()
    },
  })
  afterEach(() => void answers.splice(0))

  test('the answer carries the question it is for', async () => {
    const { run } = await with_(asking(PERMISSION))
    expect(await run(['answer', 'kamal', 'deny', 'not', 'there'])).toMatchObject({
      code: 0,
      stdout: 'kamal-migration: denied\n',
    })
    expect(answers).toEqual([
      {
        repo: expect.any(String),
        name: 'kamal',
        question: 'q1',
        answer: { kind: 'deny', reason: 'not there' },
      },
    ])
  })

  test('at a terminal it shows the question and takes the answer', async () => {
    const { run } = await with_(asking(PERMISSION))
    const ran = await run(['answer', 'kamal'], { typed: 'always\n' })
    expect(ran.stdout).toContain('Bash: rm -rf build')
    expect(answers[0]?.answer).toEqual({ kind: 'allow', always: true })
  })

  test('each question is asked in turn', async () => {
    const { run } = await with_(asking(CHOICE))
    expect((await run(['answer', 'kamal', '1', 'both of them'])).code).toBe(0)
    expect(answers[0]?.answer).toEqual({ kind: 'choose', choices: [['ghcr'], ['both of them']] })
  })

  test('without a terminal and without an answer it needs the person', async () => {
    const { run } = await with_(asking(PERMISSION))
    expect(await run(['answer', 'kamal'])).toMatchObject({ code: 4, stdout: '' })
    expect(answers).toEqual([])
  })

  test('nothing asked, or something else than was meant', async () => {
    const { run } = await with_(asking(null))
    expect((await run(['answer', 'kamal', 'allow'])).stderr).toContain('(QUESTION_UNKNOWN)')
    await at?.close()
    const other = await with_(asking(PERMISSION))
    expect((await other.run(['answer', 'kamal', 'allow', '--question', 'q0'])).stderr).toContain(
      'something else by now',
    )
    expect(answers).toEqual([])
  })
})

describe('rm', () => {
  const unsaved = [{ what: '2 commits', detail: 'not in main', save: 'worktrain land kamal' }]

  test('what is not saved is refused with exit 3, in text and in JSON', async () => {
    const { run } = await with_({
      rm: async () => ({ session: session(), removed: false, unsafe: [], unsaved }),
    })
    const text = await run(['rm', 'kamal'])
    expect(text.code).toBe(3)
    expect(text.stderr).toMatchInlineSnapshot(`
      "worktrain: kamal-migration was not removed: that would lose (WORK_UNSAVED)
        2 commits: not in main
          save it with: worktrain land kamal
        Land it, or discard it knowingly with --discard (it stays in the trash for a
        time).
      "
    `)
    const json = await run(['rm', 'kamal', '--json'])
    expect(json.code).toBe(3)
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'WORK_UNSAVED', details: { unsaved } } })
    expect((await run(['rm', 'kamal', '--dry-run'])).code).toBe(0)
  })

  test('one that is refused does not keep the others', async () => {
    const { run } = await with_({
      rm: async ({ name }) => ({
        session: session({ name }),
        removed: name === 'b',
        unsafe: [],
        unsaved: name === 'b' ? [] : unsaved,
      }),
    })
    const ran = await run(['rm', 'a', 'b'])
    expect(ran.code).toBe(3)
    expect(ran.stdout).toContain('b is in the trash')
    expect(ran.stderr).toContain('a was not removed')
  })
})

describe('the others ask for what they say', () => {
  const calls: [string, object][] = []
  const record =
    <T>(name: string, output: T) =>
    async (input: object): Promise<T> => {
      calls.push([name, input])
      return output
    }
  afterEach(() => void calls.splice(0))

  test.for<[string[], string, object]>([
    [['stop', 'a'], 'stop', { name: 'a' }],
    [['stop', 'a', '--turn'], 'interrupt', { name: 'a' }],
    [['resume', 'a', 'go', 'on'], 'resume', { name: 'a', text: 'go on' }],
    [['send', 'a', 'do', 'it'], 'send', { name: 'a', text: 'do it' }],
    [['note', 'a', 'ask', 'Kim'], 'note', { name: 'a', note: 'ask Kim' }],
    [['note', 'a', '--clear'], 'note', { name: 'a', note: '' }],
    [['rename', 'a', 'b'], 'rename', { name: 'a', to: 'b' }],
    [['restore', 'a'], 'restore', { name: 'a' }],
    [['land', 'a'], 'land', { name: 'a' }],
    [['train', 'pause', 'release'], 'trainPause', { why: 'release' }],
    [['train', 'pause', 'release', 'in', 'progress'], 'trainPause', { why: 'release in progress' }],
    [['train', 'eject', 'a'], 'trainEject', { change: 'a' }],
    [
      ['train', 'retry', 'a', '--resolve-with', 'claude'],
      'trainRetry',
      { change: 'a', resolveWith: 'claude' },
    ],
    [['train', 'hold', 'a', 'after', 'lunch'], 'trainHold', { change: 'a', why: 'after lunch' }],
    [['train', 'hold', 'a'], 'trainHold', { change: 'a', why: 'held by you' }],
    [['train', 'release', 'a'], 'trainRelease', { change: 'a' }],
    [['train', 'priority', 'a', '-5'], 'trainPriority', { change: 'a', priority: -5 }],
    [['train', 'log'], 'trainLog', { change: null }],
    [['train', 'log', 'a'], 'trainLog', { change: 'a' }],
    [
      ['land', 'a', '--priority', '3', '--resolve-with', 'claude'],
      'land',
      { name: 'a', priority: 3, resolveWith: 'claude' },
    ],
    [['undo'], 'undo', { what: null }],
    [['undo', 'main~3'], 'undo', { what: 'main~3' }],
    [
      ['diff', 'a', 'x.ts', '--stat', '--main'],
      'diff',
      { name: 'a', stat: true, against: 'main', paths: ['x.ts'] },
    ],
    [['logs', 'a', '--checks'], 'logs', { name: 'a', what: 'checks', bytes: 65536 }],
  ])('%j', async ([argv, procedure, input]) => {
    const { run } = await with_({
      stop: record('stop', session()),
      interrupt: record('interrupt', session()),
      resume: record('resume', session()),
      send: record('send', session()),
      note: record('note', session()),
      rename: record('rename', session()),
      restore: record('restore', session()),
      land: record('land', { ...change(), already: false }),
      trainPause: record('trainPause', train({ paused: 'release' })),
      trainEject: record('trainEject', change({ state: 'ejected' })),
      trainRetry: record('trainRetry', change()),
      trainHold: record('trainHold', change({ state: 'held' })),
      trainRelease: record('trainRelease', change()),
      trainPriority: record('trainPriority', change({ priority: 5 })),
      undo: record('undo', change({ name: 'undo-a' })),
      trainLog: record('trainLog', { command: 'c', path: '', text: '', truncated: false, running: false }),
      diff: record('diff', { text: '', files: [] }),
      logs: record('logs', { path: '', text: '', truncated: false }),
    })
    expect((await run(argv)).code).toBe(0)
    expect(calls).toEqual([[procedure, expect.objectContaining(input)]])
  })

  test('send - reads standard input', async () => {
    const { run } = await with_({ send: record('send', session()) })
    await run(['send', 'a', '-'], { input: 'line one\nline two\n' })
    expect(calls[0]?.[1]).toMatchObject({ text: 'line one\nline two\n' })
    expect(await run(['send', 'a', '-'], { input: ' \n' })).toMatchObject({ code: 2 })
  })

  test('outside a work tree a session is looked for everywhere', async () => {
    const { run } = await with_({ stop: record('stop', session()) })
    await run(['stop', 'a', '--repo', '..'])
    expect(calls[0]?.[1]).toMatchObject({ repo: null })
  })
})

test('logs and diffs cannot steer the terminal, and a pipe gets a patch as it is', async () => {
  const text = '+\u001b]0;owned\u0007\n'
  const { run } = await with_({
    logs: async () => ({ path: '/l', text: `${text}\u001b[2Jplain\r\n`, truncated: false }),
    diff: async () => ({ text, files: [] }),
  })
  expect((await run(['logs', 'a'])).stdout).toBe('+\nplain\n')
  expect((await run(['logs', 'a', '--raw'])).stdout).toContain('\u001b]0;owned')
  expect((await run(['diff', 'a'], { typed: '' })).stdout).toBe('+\\x1b]0;owned\\x07\n')
  expect((await run(['diff', 'a'])).stdout).toBe(text)
})

describe('why', () => {
  const COMMIT = {
    commit: 'd1b2c3d4e5f6',
    subject: 'By hand',
    author: 'Pat',
    target: 'main',
    through: 'd1b2c3d4e5f6',
    landing: null,
    change: null,
    why: 'No landing brought it.',
  }
  const gone = async (): Promise<never> => {
    throw new WorktrainError('SESSION_UNKNOWN', 'There is no session called "main~3" here.')
  }

  test('answers for a commit where no session is called so', async () => {
    const asked: string[] = []
    const { run } = await with_({
      why: gone,
      whyCommit: async ({ commit }) => {
        asked.push(commit)
        return COMMIT
      },
    })
    expect((await run(['why', 'main~3'])).stdout).toContain('No landing brought it.')
    expect(asked).toEqual(['main~3'])
    expect(JSON.parse((await run(['why', 'main~3', '--json'])).stdout)).toEqual(COMMIT)
  })

  test('says that there is neither', async () => {
    const { run } = await with_({
      why: gone,
      whyCommit: async () => {
        throw new WorktrainError('BASE_UNKNOWN', 'main~3 is no commit.')
      },
    })
    const ran = await run(['why', 'main~3'])
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain('There is no session and no commit called "main~3" here.')
  })
})

describe('land --wait and undo --wait', () => {
  test.for([
    [change({ state: 'landed', landed: { commit: 'd1b2c3d4e5f6', at: NOW } }), 0, 'landed as d1b2c3d4e5'],
    [change({ state: 'withdrawn', why: 'removed' }), 1, 'withdrawn; removed'],
  ] as const)('%j exits %i', async ([after, code, said]) => {
    const { run } = await with_({
      land: async () => ({ ...change(), already: true }),
      undo: async () => change(),
      train: async () => train({ changes: [after] }),
    })
    for (const [command, more] of [
      [['land', 'a'], { already: true }],
      [['undo'], {}],
    ] as const) {
      const ran = await run([...command, '--wait'])
      expect(ran).toMatchObject({ code })
      expect(ran.stdout).toContain(said)
      expect(JSON.parse((await run([...command, '--wait', '--json'])).stdout)).toEqual({ ...after, ...more })
    }
  })
})

test('train priority NAME first is one above the others that are on the train', async () => {
  const changes = [
    change({ id: 'c1', name: 'a', priority: 9 }),
    change({ id: 'c2', name: 'b', priority: 4 }),
    change({ id: 'c3', name: 'c', priority: 50, state: 'landed' }),
  ]
  const asked: number[] = []
  const { run } = await with_({
    train: async () => train({ changes }),
    trainPriority: async ({ priority }) => {
      asked.push(priority)
      return change({ priority })
    },
  })
  expect((await run(['train', 'priority', 'a', 'first'])).stdout).toContain('priority 5')
  expect(asked).toEqual([5])
})

describe('trust', () => {
  const untrusted = { commands: ['npm ci'], trusted: false, hash: 'abc' }
  const handlers: Partial<Handlers> = { trust: async ({ yes }) => ({ ...untrusted, trusted: yes }) }

  test('nothing is trusted without a yes', async () => {
    const { run } = await with_(handlers)
    expect(await run(['trust'])).toMatchObject({ code: 3, stdout: '' })
    expect((await run(['trust'], { typed: 'n\n' })).code).toBe(3)
    expect((await run(['trust'], { typed: 'y\n' })).stdout).toContain('trusted (abc)')
    expect((await run(['trust', '--yes'])).code).toBe(0)
  })
})

describe('completion', () => {
  test('names are given only by a supervisor that runs', async () => {
    const { run } = await with_({ sessions: async () => [session(), session({ name: 'b' })] })
    expect((await run(['ls', '--names'])).stdout).toBe('kamal-migration\nb\n')
  })

  test.for(['bash', 'zsh', 'fish'])('%s has every command', async (shell) => {
    const { run } = await with_()
    const { stdout } = await run(['completion', shell])
    for (const name of ['run', 'answer', 'rehearse']) expect(stdout).toContain(name)
    expect(stdout).toContain('worktrain ls --names')
  })
})

describe('watch', () => {
  test.for([
    [[], /^\d\d:\d\d:\d\d kamal {20}planned on branch b\n$/],
    [['--json'], /^\{.*"type":"session.planned".*\}\n$/],
  ] as const)('%j prints events as they come, until Ctrl-C', async ([options, line]) => {
    const { env, directory, journal } = await with_({
      sessions: async () => [session({ id: 's1', name: 'kamal' })],
    })
    const program = join(import.meta.dirname, '../../src/cli/main.ts')
    const child = spawn(process.execPath, [program, 'watch', '--since', '0', ...options], {
      env,
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await journal.append([
        {
          type: 'session.planned',
          aggregate: 'session',
          id: 's1',
          data: { name: 'kamal', branch: 'b' } as never,
          actor: { kind: 'supervisor', pid: 1 },
          cause: 'test',
        },
      ])
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
      expect(chunk.toString()).toMatch(line)
      const exited = once(child, 'exit')
      child.kill('SIGINT')
      expect(await exited).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
