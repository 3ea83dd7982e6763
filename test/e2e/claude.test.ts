import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChangeView, SessionView, WhyView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'

describe.skipIf(!claude)(claudeTitle, () => {
  let server: ModelServer
  let world: World
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({ env: claudeEnv(server.url) })
  })
  afterEach(async () => {
    await world.close()
    await server.close()
  })

  test('interactive: run, permission asked and allowed from outside, handed off, landed, removed, restored', async () => {
    const goal = scripted('Add a greeting', [
      { tool: 'Bash', input: { command: 'git config --get user.name > who.txt', description: 'Look' } },
      ...writeAndCommit('greeting.txt', 'hello\n'),
      handoff(['greeting.txt', 'who.txt'], ['git commit']),
    ])
    const { sessions } = await world.json<{ sessions: SessionView[] }>([
      'run',
      goal,
      '--name',
      'greet',
      '--check',
      'sh check.sh',
      '--permission-mode',
      'manual',
    ])
    expect(sessions[0]).toMatchObject({ name: 'greet', branch: 'worktrain/greet' })
    // In manual mode every write asks.
    for (;;) {
      const s = await world.until(
        'greet',
        (x) => x.question !== null || x.stage === 'handed-off',
        'asks or hands off',
      )
      if (s.question === null) break
      expect(s.activity.state).toBe('needs-permission')
      expect(s.attention[0]).toMatchObject({ kind: 'permission', action: 'worktrain answer greet allow' })
      const answered = await world.cli(['answer', 'greet', 'allow'])
      expect(answered.stderr + answered.stdout).not.toContain('rror')
      expect(answered.code).toBe(0)
      await world.until('greet', (x) => x.question?.id !== s.question?.id, 'goes on')
    }
    const done = await world.until(
      'greet',
      (s) => s.stage === 'handed-off' && s.activity.state === 'idle',
      'hands off',
    )
    expect(done.handoff?.observed.files.map((f) => f.path).sort()).toEqual(['greeting.txt', 'who.txt'])
    expect(done.usage && Object.keys(done.usage.byModel).length).toBeGreaterThan(0)

    const change = await world.json<ChangeView>(['land', 'greet'])
    expect(change.head).toBe(done.head)
    await world.until('greet', (s) => s.stage === 'landed', 'lands')
    expect(world.git(['show', 'main:greeting.txt'])).toBe('hello')
    expect(readFileSync(join(world.repo, 'greeting.txt'), 'utf8')).toBe('hello\n')
    expect(world.git(['status', '--porcelain'])).toBe('')
    const landed = world.git(['log', '-1', '--format=%B', 'main'])
    expect(landed).toContain('greet')

    const rm = await world.cli(['rm', 'greet'])
    expect(rm.code, rm.stdout + rm.stderr).toBe(0)
    expect(existsSync(done.workspace.path)).toBe(false)
    const restored = await world.json<SessionView>(['restore', 'greet'])
    expect(readFileSync(join(restored.workspace.path, 'greeting.txt'), 'utf8')).toBe('hello\n')
    // And the conversation goes on where it was.
    await world.json(['resume', 'greet', scripted('Once more', [{ text: 'Still here.' }])])
    const again = await world.until('greet', (s) => s.lastMessage === 'Still here.', 'answers')
    expect(again).toMatchObject({
      stage: 'active',
      conversation: done.conversation,
      process: { generation: 2 },
    })
    world.git(['fsck', '--strict'])
  })

  test('headless: one process a turn, the same journal, a follow-up continues the conversation', async () => {
    const goal = scripted('Add a file', [...writeAndCommit('one.txt', 'one\n'), handoff(['one.txt'])])
    await world.json([
      'run',
      goal,
      '--name',
      'one',
      '--headless',
      '--permission-mode',
      'bypassPermissions',
      '--check',
      'sh check.sh',
    ])
    const first = await world.until(
      'one',
      (s) => s.stage === 'handed-off' && s.process.state === 'exited',
      'hands off',
    )
    const more = scripted('And another', [
      ...writeAndCommit('two.txt', 'two\n'),
      handoff(['one.txt', 'two.txt']),
    ])
    await world.json(['send', 'one', more])
    const second = await world.until(
      'one',
      (s) => s.process.generation === 2 && s.process.state === 'exited' && s.stage === 'handed-off',
      'hands off again',
    )
    expect(second.conversation).toBe(first.conversation)
    expect(world.git(['show', 'worktrain/one:two.txt'])).toBe('two')
  })

  test('the guard refuses a write outside the workspace, and so does the kernel; why shows it', async () => {
    const outside = join(world.repo, 'stolen.txt')
    const goal = scripted('Write outside', [
      { tool: 'Write', input: { file_path: outside, content: 'x' } },
      { tool: 'Bash', input: { command: `echo x > ${outside}`, description: 'Try' } },
      {
        tool: 'Agent',
        input: {
          description: 'Try by another hand',
          subagent_type: 'general-purpose',
          prompt: `::script ${JSON.stringify([{ tool: 'Write', input: { file_path: outside, content: 'sub' } }, { text: 'tried' }])}`,
        },
      },
      // Nothing in the text tells where this one writes: the kernel has to.
      {
        tool: 'Bash',
        input: { command: `f=${outside}; cp check.sh "$f"; echo tried`, description: 'Try on' },
      },
      ...writeAndCommit('own.txt', 'own\n'),
      handoff(['own.txt']),
    ])
    await world.json(['run', goal, '--name', 'thief', '--permission-mode', 'bypassPermissions'])
    await world.until('thief', (s) => s.stage === 'handed-off', 'hands off')
    const why = await world.json<WhyView>(['why', 'thief'])
    const walled = why.cell?.rung !== 'hooks'
    expect(why.refusals).toMatchObject([
      { source: 'guard', tool: 'Write', target: outside },
      { source: 'guard', tool: 'Bash', target: outside },
      // The subagent's.
      { source: 'guard', tool: 'Write', target: outside },
      ...(walled ? [{ source: 'kernel', tool: 'Bash', target: outside }] : []),
    ])
    const told = server.requests.some((r) => r.lastResult?.includes('workspace'))
    expect(told).toBe(true)
    if (why.cell?.rung === 'bubblewrap') expect(existsSync(outside)).toBe(false)
  })

  test('a host killed: that session alone is interrupted; resume continues the conversation', async () => {
    const goal = scripted('Start', [
      { tool: 'Write', input: { file_path: '${CWD}/half.txt', content: 'half' } },
      { text: 'thinking on' },
    ])
    await world.json(['run', goal, '--name', 'a', '--permission-mode', 'bypassPermissions'])
    await world.json(['run', scripted('Other', [{ text: 'hi' }]), '--name', 'b'])
    const before = await world.until(
      'a',
      (s) => s.activity.state === 'idle' && s.lastSnapshot !== null,
      'is idle with a snapshot',
    )
    await world.until('b', (s) => s.activity.state === 'idle', 'is idle')
    const host = JSON.parse(readFileSync(join(before.hostSocket ?? '', '..', 'host.json'), 'utf8')) as {
      pid: number
    }
    process.kill(host.pid, 'SIGKILL')
    const lost = await world.until('a', (s) => s.process.state === 'lost', 'is lost')
    expect(lost.attention[0]).toMatchObject({ kind: 'interrupted' })
    expect(
      (await world.json<SessionView>(['why', 'b']).then((w) => (w as unknown as WhyView).session)).process
        .state,
    ).toBe('running')
    expect(readFileSync(join(lost.workspace.path, 'half.txt'), 'utf8')).toBe('half')
    await world.json([
      'resume',
      'a',
      scripted('Go on', [...writeAndCommit('whole.txt', 'whole\n'), handoff(['half.txt', 'whole.txt'])]),
    ])
    const resumed = await world.until('a', (s) => s.stage === 'handed-off', 'hands off')
    expect(resumed.conversation).toBe(before.conversation)
    expect(resumed.process.generation).toBe(2)
  })

  test('after a reboot: nothing runs, nothing is lost, the conversation continues', async () => {
    const goal = scripted('Start', [
      { tool: 'Write', input: { file_path: '${CWD}/half.txt', content: 'half' } },
      { text: 'thinking on' },
    ])
    await world.json(['run', goal, '--name', 'a', '--permission-mode', 'bypassPermissions'])
    const before = await world.until(
      'a',
      (s) => s.activity.state === 'idle' && s.lastSnapshot !== null,
      'is idle',
    )
    // What a power cut leaves: no process, no runtime directory.
    world.killEverything()
    const lost = (await world.json<SessionView[]>(['ls']))[0]
    expect(lost).toMatchObject({ process: { state: 'lost' }, activity: { state: 'unknown' } })
    expect(lost?.attention[0]).toMatchObject({ kind: 'interrupted', action: 'worktrain resume a' })
    expect(readFileSync(join(before.workspace.path, 'half.txt'), 'utf8')).toBe('half')
    await world.json([
      'resume',
      'a',
      scripted('Go on', [...writeAndCommit('whole.txt', 'whole\n'), handoff(['half.txt', 'whole.txt'])]),
    ])
    const resumed = await world.until('a', (s) => s.stage === 'handed-off', 'hands off')
    expect(resumed.conversation).toBe(before.conversation)
  })

  test('the supervisor killed: sessions go on, the guard answers, nothing they did is missing', async () => {
    const goal = scripted('Work long', [
      { tool: 'Write', input: { file_path: '${CWD}/one.txt', content: 'one' } },
      { tool: 'Write', input: { file_path: join(world.repo, 'no.txt'), content: 'x' }, delayMs: 1500 },
      ...writeAndCommit('two.txt', 'two\n'),
      handoff(['one.txt', 'two.txt']),
    ])
    await world.json(['run', goal, '--name', 'long', '--permission-mode', 'bypassPermissions'])
    await world.until('long', (s) => s.process.state === 'running' && s.activity.source === 'hook', 'works')
    process.kill(await world.supervisor(), 'SIGKILL')
    // The refusal comes while nobody supervises.
    await server.until((r) => (r.lastResult ?? '').includes('workspace'))
    const done = await world
      .cli(['ls'])
      .then(() => world.until('long', (s) => s.stage === 'handed-off', 'hands off'))
    expect(done.process.generation).toBe(1)
    expect(done.refusals).toBe(1)
    expect(world.git(['show', 'worktrain/long:two.txt'])).toBe('two')
  })
})
