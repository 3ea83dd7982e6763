/** `worktrain next` in a real terminal: each kind of wait settled by at most two keys, without attaching. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AttentionKind } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, scripted } from '../fixtures/claude.ts'
import { openTerminal, type Terminal, tmux } from '../fixtures/tmux.ts'
import { createWorld, type World, writeFiles } from '../fixtures/world.ts'

/** Goal of the product: from the item on the screen to its being settled. */
const KEYS_MOST = 2

let world: World
let terminal: Terminal | null = null
/** What was pressed for each kind; the printed table is what the goal is measured by. */
const pressed = new Map<AttentionKind, string[]>()

const seat = (...args: string[]): Terminal => (terminal = openTerminal(world, ['next', '--stay', ...args]))

/** Presses keys at an item of this kind once it is on the screen, and counts them. */
async function settles(name: string, kind: AttentionKind, keys: string[], shown?: RegExp): Promise<void> {
  // Keys count from when they are offered.
  await terminal?.shows(shown ?? new RegExp(`${name}: ${kind}, waits[^]*q end`))
  // As fast as a person who knows what comes: all may arrive as one.
  terminal?.press(...keys)
  pressed.set(kind, keys)
  expect(keys.length, `keys for ${kind}`).toBeLessThanOrEqual(KEYS_MOST)
}

/** A session of a program, which the shell runs. */
async function program(name: string, script: string, ...options: string[]): Promise<void> {
  await world.json(['run', `Do ${name}`, '--name', name, ...options, '--', '/bin/sh', '-c', script])
}
const commits = (file: string, text = file): string =>
  `echo ${text} > ${file}; git add .; git commit -qm 'Add ${file}'`

describe.skipIf(!tmux)(tmux ? 'programs' : 'programs (skipped: tmux is not installed)', () => {
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(async () => {
    terminal?.close()
    await world.close()
  })

  test('without a terminal it prints what waits, and exits 4; 0 when nothing does', async () => {
    expect(await world.cli(['next'])).toMatchObject({ code: 0, stdout: 'nothing waits for you\n' })
    await program('api', commits('api.txt'), '--check', 'true')
    await world.until('api', (s) => s.stage === 'handed-off', 'hands off')
    const told = await world.cli(['next'])
    expect(told.code).toBe(4)
    expect(told.stdout).toMatch(/^api: ready, waits/)
    expect(told.stdout).toContain('api.txt | 1 +')
    expect(told.stdout).toContain('  worktrain land api')
    const json = await world.cli(['next', '--json'])
    expect(json.code).toBe(4)
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ kind: 'ready', session: { name: 'api' } }] })
    const why = await world.cli(['why', 'api'])
    expect(why.stdout).toContain('1 of 1 that wait for you: nothing stands still for it')
  })

  test('a failed program, and what is ready', async () => {
    const script = `if test -e ran; then ${commits('api.txt')}; else touch ran; exit 3; fi`
    await program('api', script, '--check', 'sh check.sh')
    await world.until('api', (s) => s.activity.state === 'failing', 'fails')
    seat()
    await settles('api', 'failed', ['r'])
    await world.until('api', (s) => s.process.generation === 2 && s.stage === 'handed-off', 'goes on')
    await settles('api', 'ready', ['l'])
    await world.until('api', (s) => s.stage === 'landed', 'lands')
    await terminal?.shows('staying for what comes')
    terminal?.press('q')
    await terminal?.shows('LEFT 0')
  })

  test('a conflict with what landed meanwhile', async () => {
    await program('clash', commits('same.txt', 'mine'), '--check', 'true')
    await world.until('clash', (s) => s.stage === 'handed-off', 'hands off')
    writeFiles(world.repo, { 'same.txt': 'theirs\n' })
    world.git(['add', '.'])
    world.git(['commit', '-qm', 'By hand'])
    seat()
    await settles('clash', 'ready', ['s'])
    // A landing makes it look again.
    await program('other', commits('other.txt'), '--check', 'true', '--land')
    await world.until('other', (s) => s.stage === 'landed', 'lands')
    await world.until('clash', (s) => s.merges?.clean === false, 'no longer merges')
    await settles('clash', 'conflict', ['k'])
    await world.until('clash', ({ attention: left }) => left[0]?.kind !== 'conflict', 'is left so')
  })

  test('a paused train, and a change that it ejected', async () => {
    await world.json(['ls'])
    await world.json(['train', 'pause', 'lunch'])
    await program('api', commits('broken'), '--check', 'sh check.sh', '--land')
    await world.until('api', (s) => s.stage === 'on-train', 'is on the train')
    seat()
    await settles('api', 'train-paused', ['r'])
    await settles('api', 'ejected', ['k'])
    await world.until('api', ({ attention: left }) => left[0]?.kind !== 'ejected', 'is left so')
  })

  test('at the review limit new work waits for what is ready, which then comes first', async () => {
    writeFiles(world.repo, { '.worktrain.local.toml': '[limits]\nunreviewed = 1\n' })
    await program('stopped', 'exit 3')
    await world.until('stopped', (s) => s.activity.state === 'failing', 'fails')
    await program('api', commits('api.txt'), '--check', 'true')
    await world.until('api', (s) => s.stage === 'handed-off', 'hands off')
    await program('web', commits('web.txt'), '--check', 'true')
    await program('docs', commits('docs.txt'), '--check', 'true')
    const waits = await world.until('web', (s) => s.stage === 'waiting', 'waits')
    await world.until('docs', (s) => s.stage === 'waiting', 'waits as well')
    expect(waits.stageWhy).toContain('waits for you to review api')
    const { items, places, reviews } = await world.client.call('attention', { repo: null })
    expect(items.map(({ session }) => session?.name)).toEqual(['api', 'stopped'])
    expect(places[0]).toContain('it holds up 2 sessions (web, docs)')
    expect(reviews).toMatchObject([{ limit: 1, unreviewed: ['api'], held: ['web', 'docs'] }])
    await world.json(['rm', 'api', '--discard'])
    await world.until('web', (s) => s.stage === 'handed-off', 'starts and hands off')
    // On the train it waits for the person no more, also where the train itself waits.
    await world.json(['train', 'pause'])
    await world.json(['land', 'web'])
    await world.until('docs', (s) => s.stage === 'handed-off', 'starts and hands off')
  })

  test('skips with s, and says when an item was settled elsewhere', async () => {
    await program('api', commits('api.txt'), '--check', 'true')
    await program('web', commits('web.txt'), '--check', 'true')
    for (const name of ['api', 'web']) await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
    const at = openTerminal(world, ['next'])
    terminal = at
    const first = (await at.shows('2 that wait for you')).includes('api: ready') ? 'api' : 'web'
    const second = first === 'api' ? 'web' : 'api'
    at.press('s')
    await at.shows(`${second}: ready`)
    await world.json(['land', second])
    await at.shows('settled elsewhere')
    await at.shows('nothing else waits for you; 1 item skipped')
    await at.shows('LEFT 0')
  })
})

describe.skipIf(!tmux || !claude)(claudeTitle, () => {
  let server: ModelServer
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({ env: { ...claudeEnv(server.url), CLAUDE_CODE_MAX_RETRIES: '0' } })
  })
  afterEach(async () => {
    terminal?.close()
    await world.close()
    await server.close()
  })

  const options = ['Red', 'Blue'].map((label) => ({ label, description: `${label} it is` }))
  const asks = (...asked: string[]) => ({
    tool: 'AskUserQuestion',
    input: {
      questions: asked.map((header) => ({
        question: `Which ${header}?`,
        header,
        multiSelect: false,
        options,
      })),
    },
  })

  test('permission, question, several questions, a turn that ended, a failed request', async () => {
    const goal = scripted('Paint it', [
      { tool: 'Bash', input: { command: 'echo red > asked.txt', description: 'Write' } },
      asks('colour'),
      asks('colour', 'shade'),
      { text: 'What next?' },
    ])
    await world.json(['run', goal, '--name', 'paint', '--permission-mode', 'manual', '--check', 'true'])
    const at = seat()
    await at.shows('echo red > asked.txt')
    await settles('paint', 'permission', ['a'])
    expect(await at.shows('Which colour?')).toContain('1. Red: Red it is')
    // In the middle of its first turn, before anything was saved.
    const counted = await world.until('paint', (s) => s.work?.added === 1, 'is counted while it works')
    expect(counted).toMatchObject({ lastSnapshot: null, work: { files: 1, removed: 0, stale: null } })
    await world.until('paint', (s) => s.merges?.clean === true, 'is looked at with main')
    expect((await world.cli(['ls'])).stdout).toContain('1 file +1 -0, merges')
    await settles('paint', 'question', ['2'])
    await settles('paint', 'question', ['2', '1'], /shade: Which shade\?[^]*q end/)
    const done = await world.until('paint', (s) => s.activity.state === 'idle', 'ends its turn')
    expect(done.attention[0]).toMatchObject({ kind: 'done' })
    expect(answers(server)).toMatch(/Which colour\?"="Blue"[^]*Which shade\?"="Red"/)
    expect((await world.cli(['conversation', 'paint'])).stdout).toMatch(
      /Bash, done: echo red > asked.txt\n +you: allowed, /,
    )
    await at.shows('What next?')
    await settles('paint', 'done', ['k'])
    const idle = await world.until('paint', (s) => s.attention.length === 0, 'was seen')
    expect(idle.activity.state).toBe('idle')

    server.fail({ status: 500, mainOnly: true })
    await world.json(['send', 'paint', 'Go further'])
    await settles('paint', 'failed', ['r'])
    await world.until('paint', (s) => s.activity.state === 'idle', 'goes on after the failure')
  })

  test('a plan is amended, then approved', async () => {
    const plan = { tool: 'ExitPlanMode', input: {} }
    const goal = scripted('Paint it', [plan, plan, { text: 'Begun.' }])
    await world.json(['run', goal, '--name', 'paint', '--permission-mode', 'plan', '--check', 'true'])
    const at = seat()
    await settles('paint', 'plan', ['m'])
    await at.shows('what to change in the plan')
    at.press('Make it red', 'Enter')
    await at.shows('paint: amend')
    await settles('paint', 'plan', ['a'], /paint: amend[^]*paint: plan, waits[^]*q end/)
    await world.until('paint', (s) => s.lastMessage === 'Begun.', 'begins')
    expect(answers(server)).toContain('Make it red')
  })
})

function answers(server: ModelServer): string {
  return server.requests.map(({ lastResult }) => lastResult ?? '').join('\n')
}
