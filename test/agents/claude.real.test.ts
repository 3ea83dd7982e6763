/** The recipe against the real Claude Code: a home that has never seen it, the scripted model server. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claude } from '../../src/agents/claude/index.ts'
import { claudeTitle } from '../fixtures/claude.ts'
import { World, bash, hasCell, program, script } from './live.ts'

let world: World
const made = (name: string) => existsSync(join(world.workspace, name))
const walls = program !== null && (await hasCell())

describe.skipIf(!program)(claudeTitle, () => {
  beforeEach(async () => {
    world = await World.make()
  })
  afterEach(() => world.close())

  test('starts without a dialog; hooks come and refuse, whatever the repository says', async () => {
    world.put('ws/.claude/settings.local.json', '{"disableAllHooks":true}')
    world.put('ws/.claude/settings.json', '{"disableAllHooks":true}')
    world.guard = (body) =>
      JSON.stringify(body.tool_input).includes('forbidden')
        ? {
            hookSpecificOutput: {
              hookEventName: 'PreToolUse',
              permissionDecision: 'deny',
              permissionDecisionReason: 'Outside the workspace.',
            },
          }
        : {}
    const steps = [bash('touch forbidden'), bash('touch allowed; exit 3'), { text: 'said: ${RESULT}' }]
    await world.start({
      prompt: script(steps),
      brief: { permissionMode: 'bypassPermissions' },
      walled: walls,
    })
    expect(await world.turn(1)).toContain('Exit code 3')
    expect([made('forbidden'), made('allowed')]).toEqual([false, true])
    expect(world.model.requests.some((each) => each.lastResult.includes('Outside the workspace.'))).toBe(true)
    const kinds = world.meanings.map((each) => each.kind)
    expect(kinds[0]).toBe('conversation')
    expect(world.meanings).toContainEqual({ kind: 'command', command: 'touch allowed; exit 3', exit: 3 })
    expect(world.prompts()).toEqual([script(steps)])
    expect((await world.observed((seen) => seen.activity?.state === 'idle')).conversation?.id).toBe(
      world.conversation,
    )
  })

  test('permission answered from outside: allowed, denied with a reason, allowed from now on', async () => {
    await world.start({ prompt: script([bash('touch one; true'), { text: 'first' }]) })
    const { question } = await world.asked()
    expect(question).toMatchObject({ kind: 'permission', tool: 'Bash', summary: 'Bash: touch one; true' })
    expect(world.meanings.at(-1)).toMatchObject({ activity: { state: 'needs-permission' } })
    await world.observed((seen) => seen.activity?.state === 'needs-permission')
    await world.answer({ kind: 'allow', always: false })
    await world.turn(1)
    expect(made('one')).toBe(true)

    await world.send(script([bash('touch two; true'), { text: 'said: ${RESULT}' }]))
    await world.answer({ kind: 'deny', reason: 'Use three instead.' })
    expect(await world.turn(2)).toContain('Use three instead.')
    expect(made('two')).toBe(false)

    await world.send(script([bash('npm run build'), bash('npm run build'), { text: 'built' }]))
    await world.answer({ kind: 'allow', always: true })
    await world.turn(3)
    expect(world.held).toEqual([])
    expect(made('.claude')).toBe(false)
  })

  test('allowed for good in the terminal: found in the workspace, for the person to decide', async () => {
    await world.start({ prompt: script([bash('npm run build'), { text: 'built' }]) })
    await world.asked()
    await world.observed(() => /2\. Yes, and don.t ask again/.test(world.text()))
    world.type('2')
    await world.turn(1)
    const rules = await claude.approvals?.leftBehind(world.context())
    expect(rules).toEqual([expect.stringMatching(/^Bash\(npm run/)])
  })

  test('a question and a plan answered from outside', async () => {
    const options = ['Red', 'Blue'].map((label) => ({ label, description: label }))
    const questions = [
      { question: 'Which color?', header: 'Color', multiSelect: false, options },
      { question: 'Which more?', header: 'More', multiSelect: true, options },
    ]
    const ask = { tool: 'AskUserQuestion', input: { questions } }
    await world.start({ prompt: script([ask, { text: '${RESULT}' }]), brief: { permissionMode: 'plan' } })
    await world.asked()
    await world.observed((seen) => seen.activity?.state === 'needs-answer')
    await world.answer({ kind: 'choose', choices: [['Blue'], ['Red', 'my own']] })
    expect(await world.turn(1)).toMatch(/"Which color\?"="Blue", "Which more\?"="Red, my own"/)

    const plan = (text: string) =>
      script([{ tool: 'ExitPlanMode', input: { plan: text } }, { text: '${RESULT}' }])
    await world.send(plan('# One'))
    expect((await world.asked()).question.kind).toBe('plan')
    await world.answer({ kind: 'deny', reason: 'Shorter, please.' })
    expect(await world.turn(2)).toContain('Shorter, please.')
    await world.send(plan('# Two'))
    await world.answer({ kind: 'allow', always: true })
    expect(await world.turn(3)).toContain('approved')
    expect(world.bodies.at(-1)?.body.permission_mode).toBe('acceptEdits')
  })

  test('Esc tells no hook, the session file says idle; /clear goes on under a new id', async () => {
    await world.start({ prompt: script([bash('touch one; true'), { text: 'never' }]) })
    const { response } = await world.asked()
    const dropped = new Promise<void>((resolve) => response.once('close', resolve))
    await world.observed((seen) => seen.activity?.state === 'needs-permission')
    world.type(claude.interrupt ?? '')
    await dropped
    await world.observed((seen) => seen.activity?.state === 'idle')
    await world.send(script([{ text: 'a b c d e f g h', chunks: 8, chunkMs: 4000 }]))
    await world.observed((seen) => seen.activity?.state === 'working')
    world.type(claude.interrupt ?? '')
    await world.observed((seen) => seen.activity?.state === 'idle')
    expect(world.turns()).toBe(0)

    // Before the first word of an answer Esc takes the prompt back into the input line.
    world.type('\u0015')
    world.type('/clear')
    await world.observed(() => world.text().includes('/clear'))
    world.type('\r')
    const id = (await world.observed((seen) => seen.conversation?.id !== world.conversation)).conversation?.id
    await world.send('hello')
    await world.turn(1)
    const changed = world.meanings.filter((each) => each.kind === 'conversation').at(-1)
    expect(changed).toMatchObject({ id })
  })
})
