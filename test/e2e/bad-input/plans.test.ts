/** Plan files that cannot be, and configuration that cannot be or is not trusted. */
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Outputs } from '../../../src/protocol/api.ts'
import { createWorld, writeFiles, type World } from '../../fixtures/world.ts'
import { commits, refused, stays, works } from './refusal.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  world.git(['branch', 'legacy'])
  await works(world, 'earlier')
})
afterAll(() => world.close())

const session = (name: string, more = ''): string =>
  `  - { name: ${name}, goal: Do it, command: ["true"]${more === '' ? '' : `, ${more}`} }\n`
const sessions = (...rows: string[]): string => `sessions:\n${rows.join('')}`

/** Nine times nine times nine lists. */
const bomb = ['a', 'b', 'c', 'd', 'e']
  .map((name, i, all) => `${name}: &${name} [${Array(9).fill(i === 0 ? 'x' : `*${all[i - 1]}`)}]\n`)
  .join('')

describe('a plan', () => {
  test.each<[string, string, Parameters<typeof refused>[2]]>([
    [
      'that waits in a circle',
      sessions(session('a', 'after: [b]'), session('b', 'after: [a]')),
      { code: 'PLAN_CYCLE', says: 'a -> b -> a', hint: 'Remove one of the `after:`' },
    ],
    [
      'with unknown keys, every one with its line and the nearest known one',
      `sesions: []\n${sessions(session('a', 'own: [x]'))}`,
      {
        code: 'PLAN_INVALID',
        says: ':3: sessions[0].own: unknown key; did you mean "owns"?',
        hint: 'plan file',
      },
    ],
    [
      'with one name twice',
      sessions(session('a'), session('A')),
      {
        code: 'PLAN_INVALID',
        says: ':3: sessions[1].name: "A" is the name of',
        hint: 'worktrain plan -f FILE',
      },
    ],
    [
      'that waits for what is not there',
      sessions(session('kamal'), session('b', 'after: [kamel]')),
      { code: 'PLAN_INVALID', says: 'no session "kamel"; did you mean "kamal"?', hint: 'plan file' },
    ],
    [
      'with a glob that leaves the repository',
      sessions(session('a', 'owns: ["../x"]')),
      {
        code: 'GLOB_INVALID',
        says: ':2: sessions[0].owns[0]: The glob "../x"',
        hint: 'relative to the repository',
      },
    ],
    [
      'with a glob that is none',
      sessions(session('a', 'avoid: ["[a"]')),
      { code: 'GLOB_INVALID', says: 'sessions[0].avoid[0]', hint: 'relative to the repository' },
    ],
    [
      'with a name that cannot be',
      sessions(session('a/b')),
      { code: 'NAME_INVALID', says: ':2: sessions[0].name', hint: 'letters, digits' },
    ],
    [
      'that is no YAML',
      'sessions:\n  - {name: a\n  goal: [',
      { code: 'PLAN_INVALID', says: 'plan.yaml:3:', hint: 'Correct the plan file' },
    ],
    [
      'made to exhaust the reader',
      `${bomb}sessions: *e\n`,
      { code: 'PLAN_INVALID', says: 'Excessive alias count', hint: 'Correct the plan file' },
    ],
    ['that is empty', '', { code: 'PLAN_INVALID', says: 'expected object', hint: 'Correct the plan file' }],
    [
      'for another branch than everything lands on',
      `target: legacy\n${sessions(session('a'))}`,
      { code: 'PLAN_INVALID', says: 'everything here lands on main', hint: 'target = "legacy"' },
    ],
  ])('%s starts nothing', async (_title, text, expected) => {
    const plan = join(world.home, 'plan.yaml')
    writeFiles(world.home, { 'plan.yaml': text })
    await refused(world, ['run', '-f', plan], expected)
  })

  test.each<[string, string, Parameters<typeof refused>[2]]>([
    [
      'an unknown agent in the last session',
      sessions(session('a'), '  - { name: b, goal: Do it, agent: gemini }\n'),
      { code: 'AGENT_UNKNOWN', says: 'no agent "gemini". Known: claude, command', hint: '--agent claude' },
    ],
    [
      'an unknown base in the last session',
      sessions(session('a'), session('b', 'base: nope')),
      { code: 'BASE_UNKNOWN', says: 'called "nope"', hint: 'branch, tag or commit' },
    ],
    [
      'one branch for two sessions',
      sessions(session('a', 'branch: same'), session('b', 'branch: same')),
      { code: 'BRANCH_CHECKED_OUT', says: 'cannot both have branch same', hint: 'a branch of its own' },
    ],
  ])('%s starts none of them', async (_title, text, expected) => {
    writeFiles(world.home, { 'plan.yaml': text })
    await refused(world, ['run', '-f', join(world.home, 'plan.yaml')], expected)
  })

  test('is checked by `worktrain plan` in the same way', async () => {
    writeFiles(world.home, { 'plan.yaml': `target: legacy\n${sessions(session('a'))}` })
    await refused(world, ['plan', '-f', join(world.home, 'plan.yaml')], {
      code: 'PLAN_INVALID',
      says: 'everything here lands on main',
      hint: 'Take `target: legacy` out',
    })
  })

  test('that is not there, or is a directory, or goes with a goal', async () => {
    const hint = 'Correct the path'
    await refused(world, ['run', '-f', 'nope.yaml'], { code: 'USAGE', says: 'there is no such file', hint })
    await refused(world, ['plan', '-f', '.'], { code: 'USAGE', says: 'it is a directory', hint })
    const says = 'A plan file says everything of its sessions'
    await refused(world, ['run', 'x', '-f', 'plan.yaml'], { code: 'USAGE', says, hint: 'run --help' })
  })

  test('says what overlaps with what is at work, not what waits for it, and gives no name twice', async () => {
    const goal = 'Mend dead links'
    await world.json(['run', goal, '--owns', 'docs/**', '--', 'sleep', '1000'])
    const plan = sessions(
      session('beside', 'owns: ["docs/a.md"]'),
      session('behind', 'owns: ["docs/a.md"], after: [beside, mend-dead-links]'),
      `  - { goal: ${goal}, command: ["true"] }\n`,
    )
    writeFiles(world.home, { 'plan.yaml': plan })
    const file = join(world.home, 'plan.yaml')
    const checked = await world.json<Outputs['plan']>(['plan', '-f', file])
    expect(checked.overlaps.map(({ a, b }) => [a, b])).toEqual([['mend-dead-links', 'beside']])
    expect(checked.sessions.map(({ name }) => name)).toEqual(['beside', 'behind', 'mend-dead-links-2'])
    const started = await world.json<Outputs['run']>(['run', '-f', file])
    expect(started.notes).toEqual(['mend-dead-links and beside both own docs/** & docs/a.md'])
  })

  test('corrected, it starts, and may wait for a session that is there already', async () => {
    const command = JSON.stringify(commits('plan.txt'))
    const row = `  - { name: fine, goal: Do it, command: ${command} }\n`
    const plan = `target: main\n${sessions(row, session('later', 'after: [fine, earlier]'))}`
    const started = await world.cli(['run', '-f', '-'], { input: plan })
    expect(started.stderr).toBe('')
    await world.until('fine', (s) => s.stage === 'handed-off', 'hands off')
    const later = await world.until('later', (s) => s.stage === 'waiting', 'waits')
    expect(later.waitsFor.sort()).toEqual(['earlier', 'fine'])
  })
})

describe('a configuration', () => {
  const write = (text: string) => writeFiles(world.repo, { '.worktrain.toml': text })
  const start = ['run', 'Do it', '--name', 'configured', '--', 'true']

  test.each<[string, string, Parameters<typeof refused>[2]]>([
    [
      'that is no TOML',
      'checks = "x\n',
      { code: 'CONFIG_INVALID', says: '.worktrain.toml:1:', hint: 'Correct the configuration file' },
    ],
    [
      'with an unknown key',
      'chekcs = ["x"]\n',
      { code: 'CONFIG_INVALID', says: 'chekcs: unknown key; did you mean "checks"?', hint: 'Correct' },
    ],
    [
      'with a target that is not there',
      'target = "nope"\n',
      { code: 'TARGET_UNKNOWN', says: 'no branch nope', hint: 'target = "BRANCH"' },
    ],
    [
      'with commands nobody trusted',
      'checks = ["sh check.sh"]\nsetup = ["touch /tmp/never"]\n',
      { code: 'UNTRUSTED', says: 'commands that you have not trusted', hint: 'worktrain trust' },
    ],
  ])('%s starts nothing', async (_title, text, expected) => {
    write(text)
    await refused(world, start, expected)
  })

  test('is trusted by its content, and a change asks again', async () => {
    write('checks = ["sh check.sh"]\n')
    const untrusted = { code: 'UNTRUSTED', says: 'have not trusted', hint: 'worktrain trust' } as const
    await refused(world, start, untrusted)
    await refused(world, ['trust'], { ...untrusted, says: 'sh check.sh', hint: 'worktrain trust --yes' })
    expect((await world.cli(['trust', '--yes'])).stdout).toContain('sh check.sh')
    await works(world, 'configured')
    write('checks = ["sh check.sh", "true"]\n')
    await refused(world, ['run', 'Do it', '--name', 'again', '--', 'true'], untrusted)
  })

  test('broken while a session works: it can be seen and stopped, and its work is saved', async () => {
    rmSync(join(world.repo, '.worktrain.toml'))
    await stays(world, 'broken', 'echo kept > kept.txt; git add -A; git commit -qm kept')
    write('checks = [\n')
    for (const args of [['ls'], ['why', 'broken'], ['peek', 'broken'], ['stop', 'broken']]) {
      const { code, stderr } = await world.cli(args)
      expect([args[0], code, stderr]).toEqual([args[0], 0, ''])
    }
    await world.until('broken', (s) => s.lastSnapshot !== null, 'is saved')
    expect(world.git(['show', 'worktrain/broken:kept.txt'])).toBe('kept')
    const invalid = { code: 'CONFIG_INVALID', says: '.worktrain.toml:', hint: 'Correct' } as const
    await refused(world, ['land', 'broken'], invalid)
    rmSync(join(world.repo, '.worktrain.toml'))
  })
})
