/** What the train gives back to its sessions, and what it tells the others: with real Claude Code. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agentFor } from '../../src/agents/index.ts'
import { HostControl } from '../../src/client/host.ts'
import { hostToken } from '../../src/platform/access.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { SessionView, WhyView } from '../../src/protocol/api.ts'
import type { Recorded } from '../../src/protocol/events.ts'
import {
  startModelServer,
  type Conversation,
  type ModelServer,
  type Step,
} from '../../src/rehearsal/model-server/index.ts'
import {
  allowUntilLanded,
  claude,
  claudeEnv,
  claudeTitle,
  handoff,
  scripted,
  writeAndCommit,
} from '../fixtures/claude.ts'
import { createWorld, type World } from '../fixtures/world.ts'

/** What the agents send to the model, overheard on the way: reminders are no part of the server's scripts. */
async function overhear(to: string): Promise<{ url: string; bodies: string[]; server: Server }> {
  const bodies: string[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', headers, url = '/' } = incoming
    const onward = request(new URL(url, to), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      onward.end(Buffer.concat(chunks))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, server }
}

const bash = (command: string): Step => ({ tool: 'Bash', input: { command, description: 'Work' } })
const LONG = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')
/** Longest test on a machine that does much else, ms: a bound for a hanging one. */
const LONG_ENOUGH = 900_000
const RETURNED = /was not landed on main/

describe.skipIf(!claude)(claudeTitle, { timeout: LONG_ENOUGH }, () => {
  let model: ModelServer
  let ears: Awaited<ReturnType<typeof overhear>>
  let world: World
  beforeEach(async () => {
    model = await startModelServer()
    ears = await overhear(model.url)
    world = await createWorld({ env: claudeEnv(ears.url), files: { 'list.txt': 'one\n', 'long.txt': LONG } })
  })
  afterEach(async () => {
    await world.close()
    ears.server.closeAllConnections()
    ears.server.close()
    await model.close()
  })

  const configure = (toml: string) => writeFileSync(join(world.repo, '.worktrain.local.toml'), toml)
  const start = (name: string, steps: Step[], more: string[] = [], check = 'sh check.sh') => {
    const mode = ['--permission-mode', 'bypassPermissions', '--check', check]
    return world.json(['run', scripted(`Do ${name}`, steps), '--name', name, ...mode, ...more])
  }
  const command = (name: string, script: string, more: string[] = []) =>
    world.json([
      'run',
      `Do ${name}`,
      '--name',
      name,
      '--check',
      'sh check.sh',
      ...more,
      '--',
      '/bin/sh',
      '-c',
      script,
    ])
  const eventsOf = async (session: string) => {
    const { id } = await world.client.call('session', { repo: world.repo, name: session })
    return world.client.call('events', { session: id, limit: 10_000 })
  }
  const resolves = (text: string) => (conversation: Conversation) => {
    const base = /git merge ([0-9a-f]{40})\n/.exec(conversation.prompt)?.[1]
    return [
      bash(
        `git merge ${base}; printf '${text}' > list.txt; git add -A; git commit -qm "Keep both"; git log -1`,
      ),
      handoff(['list.txt']),
    ]
  }

  test('a conflict goes back to its own session as one prompt, and lands once that has resolved it', async () => {
    model.scenarios.set('returned', { when: RETURNED, script: resolves('one\\nleft\\nright\\n') })
    await world.json(['train', 'pause', 'until both are on it'])
    for (const [name, line] of [
      ['left', 'left'],
      ['right', 'right'],
    ] as const) {
      await start(
        name,
        [bash(`echo ${line} >> list.txt; git commit -qam ${name}`), handoff(['list.txt'])],
        ['--land'],
      )
      // In this order: the first one lands, the second is ejected.
      await world.until(name, (s) => s.stage === 'on-train', 'is on the train')
    }
    const waiting = await world.client.call('session', { repo: world.repo, name: 'right' })
    const front = await world.json<SessionView[]>(['ls'])
    expect(front.flatMap((s) => s.attention.map((a) => [a.kind, a.action]))).toEqual([
      ['train-paused', 'worktrain train resume'],
    ])
    const id = waiting.change
    await world.json(['train', 'resume'])
    await world.until('left', (s) => s.stage === 'landed', 'lands')
    const landed = await world.until('right', (s) => s.stage === 'landed', 'is repaired and lands')
    expect(world.git(['show', 'main:list.txt'])).toBe('one\nleft\nright')
    // One change from beginning to end, and one prompt.
    expect(landed.change).toBe(id)
    const events = await eventsOf('right')
    const prompts = events.filter((e) => e.type === 'prompt.sent' && e.data.from === 'train')
    expect(prompts).toHaveLength(1)
    expect(landed.attention).toEqual([])
    const { story } = await world.json<WhyView>(['why', 'right'])
    expect(story.map((line) => line.what).filter((what) => what.includes('ejected'))).not.toEqual([])
  })

  test('what is ejected again and again stays off, and the person is told what to do', async () => {
    configure('[train]\nattempts = 2\n')
    let tries = 0
    model.scenarios.set('returned', {
      when: RETURNED,
      script: ({ step }) => {
        if (step === 0) tries++
        return [bash(`echo again >> list.txt; git commit -qam again`), handoff(['list.txt'])]
      },
    })
    await start('stubborn', [...writeAndCommit('broken', 'x'), handoff(['broken'])], ['--land'])
    for (const n of [1, 2]) {
      let seen = 0
      await world.untilEvent((e) => e.type === 'change.ejected' && ++seen === n, `is ejected, time ${n}`)
      if (n === 1)
        await world.until('stubborn', (s) => s.stage === 'handed-off' || s.stage === 'on-train', 'is back')
    }
    const stays = await world.until(
      'stubborn',
      (s) => s.attention.some((a) => a.why.includes('2 times in a row')),
      'stays off',
    )
    expect(tries).toBe(1)
    expect(stays.stage).toBe('active')
    expect(stays.attention[0]).toMatchObject({
      kind: 'ejected',
      action: 'worktrain send stubborn TEXT',
    })
    const prompts = (await eventsOf('stubborn')).filter(
      (e) => e.type === 'prompt.sent' && e.data.from === 'train',
    )
    expect(prompts).toHaveLength(1)
    // What is asked for by the person begins anew.
    await world.json(['land', 'stubborn'])
    await world.until(
      'stubborn',
      (s) => s.stage === 'on-train' || s.activity.state === 'working',
      'is tried again',
    )
  })

  test('a session that takes no prompts is repaired by another, whose landing counts for both', async () => {
    model.scenarios.set('returned', { when: RETURNED, script: resolves('one\\nleft\\nright\\n') })
    await command('left', 'echo left >> list.txt; git commit -qam left')
    await command('right', 'echo right >> list.txt; git commit -qam right')
    for (const name of ['left', 'right'])
      await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
    await world.json(['land', 'left'])
    await world.until('left', (s) => s.stage === 'landed', 'lands')
    const change = await world.client.call('land', { repo: world.repo, name: 'right', resolveWith: 'claude' })
    await allowUntilLanded(world, 'right-resolve')
    const resolver = await world.client.call('session', { repo: world.repo, name: 'right-resolve' })
    expect(resolver).toMatchObject({ branch: 'worktrain/right-resolve', base: { oid: change.head } })
    const right = await world.until('right', (s) => s.stage === 'landed', 'has landed as well')
    expect(right.stageWhy).toContain('by right-resolve')
    expect(right.attention).toEqual([])
    expect(world.git(['show', 'main:list.txt'])).toBe('one\nleft\nright')
    await world.untilEvent(
      (e) => e.type === 'change.withdrawn' && e.id === change.id,
      'the change is settled',
    )
    const { story } = await world.json<WhyView>(['why', 'right-resolve'])
    expect(story[0]?.what).toContain(`to repair change ${change.id} of right`)
    world.git(['fsck', '--strict'])
  })

  test('an undo that does not merge waits for the person, and is repaired by the agent that they name', async () => {
    model.scenarios.set('returned', { when: RETURNED, script: resolves('one\\nby hand\\n') })
    await command('api', 'echo api >> list.txt; git commit -qam api', ['--land'])
    await world.until('api', (s) => s.stage === 'landed', 'lands')
    await world.json(['train', 'pause', 'until there is something in the way'])
    await world.json(['undo', 'api'])
    writeFileSync(join(world.repo, 'list.txt'), 'one\napi, by hand\n')
    world.git(['commit', '-qam', 'By hand'])
    await world.json(['train', 'resume'])
    const returned = (to: string) => (e: Recorded) => e.type === 'change.returned' && e.data.to === to
    await world.untilEvent(returned('person'), 'it waits for the person')
    const { items } = await world.client.call('attention', { repo: world.repo })
    expect(items).toMatchObject([
      { kind: 'ejected', session: null, action: 'worktrain train retry undo-api --resolve-with claude' },
    ])
    expect(items[0]?.why).toContain(
      'It conflicts with main in list.txt. No agent is named that could repair it.',
    )
    expect((await world.cli(['train', 'retry', 'undo-api', '--resolve-with', 'command'])).code).toBe(2)
    await world.json(['train', 'retry', 'undo-api', '--resolve-with', 'claude'])
    await world.untilEvent(returned('agent'), 'an agent has it')
    await allowUntilLanded(world, 'undo-api-resolve')
    expect(world.git(['show', 'main:list.txt'])).toBe('one\nby hand')
    const api = await world.client.call('session', { repo: world.repo, name: 'api' })
    expect(api.takenBack).toMatchObject({ name: 'undo-api-resolve' })
  })

  test('where nobody can take it, the person is told how', async () => {
    await command('left', 'echo left >> list.txt; git commit -qam left', ['--land'])
    await world.until('left', (s) => s.stage === 'landed', 'lands')
    await command(
      'right',
      'git reset -q --hard HEAD~1 2>/dev/null; git checkout -q -B "$(git branch --show-current)" $(git rev-list --max-parents=0 HEAD); echo right >> list.txt; git commit -qam right',
      ['--land'],
    )
    const right = await world.until(
      'right',
      (s) => s.attention.some((a) => a.kind === 'ejected'),
      'is ejected',
    )
    expect(right.attention.find((a) => a.kind === 'ejected')).toMatchObject({
      action: 'worktrain train retry right --resolve-with claude',
    })
    const train = await world.cli(['train'])
    expect(train.stdout).toContain('→ worktrain train retry right --resolve-with claude')
  })

  test('after a landing the idle are updated, who works at the end of the turn, who has files in the way not', async () => {
    configure('[train]\nupdate = "merge"\n')
    await start('idle', [...writeAndCommit('idle.txt', 'x'), { text: 'Waiting for more.' }])
    await start('dirty', [
      ...writeAndCommit('dirty.txt', 'x'),
      // It merges with what lands, and git overwrites no file that is not committed.
      bash('echo mine >> long.txt'),
      { text: 'Waiting for more.' },
    ])
    await start('busy', [
      ...writeAndCommit('busy.txt', 'x'),
      bash('while [ ! -e go ]; do sleep 0.2; done; rm go; ls > seen.txt; git add -A; git commit -qm seen'),
      { text: 'Done.' },
    ])
    for (const name of ['idle', 'dirty'])
      await world.until(name, (s) => s.lastMessage.startsWith('Waiting'), 'waits')
    const busy = await world.until('busy', (s) => s.activity.evidence.includes('while'), 'works')
    await command(
      'first',
      'echo landed > landed.txt; echo first > long.new; cat long.txt >> long.new; mv long.new long.txt; git add -A; git commit -qm first',
      ['--land'],
    )
    await world.until('first', (s) => s.stage === 'landed', 'lands')
    const main = world.git(['rev-parse', 'main'])

    const updated = (id: string, result: string) => (e: Recorded) =>
      e.type === 'session.updated' && e.id === id && e.data.to === main && e.data.result === result
    const idle = await world.client.call('session', { repo: world.repo, name: 'idle' })
    await world.untilEvent(updated(idle.id, 'merged'), 'idle is updated')
    expect(readFileSync(join(idle.workspace.path, 'landed.txt'), 'utf8')).toBe('landed\n')
    // Before it, everything was saved.
    const ofIdle = await eventsOf('idle')
    const begun = ofIdle.findIndex((e) => e.type === 'session.updating')
    expect(ofIdle.slice(0, begun).some((e) => e.type === 'snapshot.taken')).toBe(true)

    const dirty = await world.client.call('session', { repo: world.repo, name: 'dirty' })
    await world.untilEvent(updated(dirty.id, 'refused'), 'dirty is refused')
    const said = await world.client.call('session', { repo: world.repo, name: 'dirty' })
    expect(said.warnings.join('\n')).toContain('Uncommitted files are in the way: long.txt')
    expect(readFileSync(join(dirty.workspace.path, 'long.txt'), 'utf8')).toBe(`${LONG}mine\n`)
    expect(existsSync(join(dirty.workspace.path, 'landed.txt'))).toBe(false)

    // While it works its tree is left alone.
    expect(existsSync(join(busy.workspace.path, 'landed.txt'))).toBe(false)
    writeFileSync(join(busy.workspace.path, 'go'), '')
    await world.untilEvent(updated(busy.id, 'merged'), 'busy is updated')
    expect(readFileSync(join(busy.workspace.path, 'seen.txt'), 'utf8')).not.toContain('landed.txt')
    expect(existsSync(join(busy.workspace.path, 'landed.txt'))).toBe(true)
    const ofBusy = await eventsOf('busy')
    expect(ofBusy.findIndex((e) => e.type === 'session.updating')).toBeGreaterThan(
      ofBusy.findIndex((e) => e.type === 'turn.finished'),
    )

    // The next thing they hear tells them.
    await world.json(['send', 'idle', scripted('Go on', [{ text: 'Gone on.' }])])
    await world.until('idle', (s) => s.lastMessage === 'Gone on.', 'goes on')
    const heard = ears.bodies.filter((body) => body.includes('Note from Worktrain'))
    expect(
      heard.some((body) =>
        body.includes('Read these files again before you edit them: landed.txt, long.txt'),
      ),
    ).toBe(true)
    await world.untilEvent((e) => e.type === 'session.told' && e.id === idle.id, 'the note was told')
  })

  test('where main is to be rebased onto, a branch is put on top of what landed between two turns', async () => {
    configure('[train]\nupdate = "rebase"\n')
    await start('idle', [
      ...writeAndCommit('idle.txt', 'x'),
      ...writeAndCommit('more.txt', 'x'),
      bash('echo draft > notes.txt'),
      { text: 'Waiting for more.' },
    ])
    await start('busy', [
      ...writeAndCommit('busy.txt', 'x'),
      bash('while [ ! -e go ]; do sleep 0.2; done; rm go; ls > seen.txt; git add -A; git commit -qm seen'),
      { text: 'Done.' },
    ])
    const idle = await world.until('idle', (s) => s.lastMessage.startsWith('Waiting'), 'waits')
    const busy = await world.until('busy', (s) => s.activity.evidence.includes('while'), 'works')
    await command('first', 'echo landed > landed.txt; git add -A; git commit -qm first', ['--land'])
    await world.until('first', (s) => s.stage === 'landed', 'lands')
    const main = world.git(['rev-parse', 'main'])
    const rebased = async ({ id, name }: SessionView) => {
      const done = await world.untilEvent(
        (e) =>
          e.type === 'session.updated' && e.id === id && e.data.to === main && e.data.result === 'rebased',
        `${name} is put on top of main`,
      )
      await world.untilEvent(
        (e) => e.type === 'branch.published' && e.id === id && e.seq > done.seq,
        `${name} is published`,
      )
    }
    const onTop = (branch: string) =>
      world.git(['log', '--reverse', '--format=%s %p', `main..${branch}`]).split('\n')

    await rebased(idle)
    const [one = '', two = '', ...others] = onTop('worktrain/idle')
    expect(others).toEqual([])
    expect(one).toBe(`Add idle.txt ${main.slice(0, two.split(' ').at(-1)?.length)}`)
    expect(two).toMatch(/^Add more\.txt [0-9a-f]+$/)
    const read = (name: string) => readFileSync(join(idle.workspace.path, name), 'utf8')
    expect(['landed.txt', 'notes.txt'].map(read)).toEqual(['landed\n', 'draft\n'])

    // What it was before is kept, with what was not committed.
    const events = await eventsOf('idle')
    const begun = events.findIndex((e) => e.type === 'session.updating')
    const saved = events.slice(0, begun).findLast((e) => e.type === 'snapshot.taken')
    if (saved?.type !== 'snapshot.taken') throw new Error('no snapshot was taken before it')
    expect(world.git(['show', `${saved.data.ref}:notes.txt`])).toBe('draft')
    const old = events.slice(0, begun).findLast((e) => e.type === 'branch.published')
    expect(old?.data).toMatchObject({ oid: saved.data.head })
    world.git(['merge-base', '--is-ancestor', saved.data.head ?? '', saved.data.ref])
    expect(world.git(['rev-parse', 'worktrain/idle'])).not.toBe(saved.data.head)

    // Who works is left alone until the turn has ended.
    expect((await eventsOf('busy')).some((e) => e.type === 'session.updating')).toBe(false)
    expect(existsSync(join(busy.workspace.path, 'landed.txt'))).toBe(false)
    writeFileSync(join(busy.workspace.path, 'go'), '')
    await rebased(busy)
    expect(readFileSync(join(busy.workspace.path, 'seen.txt'), 'utf8')).not.toContain('landed.txt')
    const ofBusy = await eventsOf('busy')
    expect(ofBusy.findIndex((e) => e.type === 'session.updating')).toBeGreaterThan(
      ofBusy.findIndex((e) => e.type === 'turn.finished'),
    )
    expect(onTop('worktrain/busy').map((line) => line.split(' ').slice(0, -1).join(' '))).toEqual([
      'Add busy.txt',
      'seen',
    ])

    // It goes on from there, hears of it, and lands as it is.
    await world.json([
      ...['send', 'idle'],
      scripted('Go on', [bash('rm notes.txt'), ...writeAndCommit('last.txt', 'x'), handoff(['last.txt'])]),
    ])
    await world.until('idle', (s) => s.stage === 'handed-off', 'hands off')
    await world.json(['land', 'idle', '--wait'])
    expect(world.git(['ls-tree', '--name-only', 'main']).split('\n')).toEqual(
      expect.arrayContaining(['idle.txt', 'landed.txt', 'last.txt', 'more.txt']),
    )
    expect((await eventsOf('idle')).some((e) => e.type === 'branch.diverged')).toBe(false)
    world.git(['fsck', '--strict'])
  })

  test('one that works is told with its next step that main has moved, once', async () => {
    await start('busy', [
      ...writeAndCommit('busy.txt', 'x'),
      bash('while [ ! -e go ]; do sleep 0.2; done; rm go; true'),
      bash('true'),
      bash('true'),
      { text: 'Done.' },
    ])
    // It has been seen once: a first turn has ended, or its branch is known.
    const busy = await world.until('busy', (s) => s.activity.evidence.includes('while'), 'works')
    await command('first', 'echo two >> list.txt; git commit -qam first', ['--land'])
    await world.until('first', (s) => s.stage === 'landed', 'lands')
    await world.untilEvent((e) => e.type === 'session.news' && e.id === busy.id, 'there is news for it')
    writeFileSync(join(busy.workspace.path, 'go'), '')
    await world.until('busy', (s) => s.lastMessage === 'Done.', 'ends its turn')
    const told = (await eventsOf('busy')).filter((e) => e.type === 'session.told')
    expect(told).toHaveLength(1)
    expect(told[0]?.data).toMatchObject({ how: 'in the answer to PostToolUse' })
    const heard = ears.bodies.findLast((body) => body.includes('Note from Worktrain')) ?? ''
    expect(heard).toContain('(landed: first). Your branch still merges with it cleanly.')
    expect(heard.split('Note from Worktrain').length - 1).toBe(1)
    expect(existsSync(join(busy.workspace.path, 'list.txt'))).toBe(true)
    expect(readFileSync(join(busy.workspace.path, 'list.txt'), 'utf8')).toBe('one\n')
  })

  test('a prompt typed while the workspace is changed begins no turn; typed again, it does', async () => {
    await start('idle', [{ text: 'Waiting for more.' }])
    const s = await world.until('idle', (x) => x.activity.evidence.startsWith('Stop'), 'waits')
    const token = hostToken(pathsFrom(world.env).sessionState(s.id))
    const host = await HostControl.connect(s.hostSocket ?? '', { token })
    try {
      const type = async () => {
        const text = scripted('Typed in the terminal', [{ text: 'Begun.' }])
        for (const data of agentFor('claude').keys(text, { bracketedPaste: true }) ?? [])
          await host.request({ op: 'input', data })
      }
      const screen = async () => (await host.request({ op: 'screen' })).lines.join(' ').replace(/\s+/g, ' ')
      await host.request({ op: 'hold', ms: 120_000 })
      await type()
      await expect.poll(screen, { timeout: 60_000 }).toContain('bringing new commits into this workspace')
      expect(model.requests.filter(({ prompt }) => prompt.includes('Typed in the terminal'))).toEqual([])
      // Claude Code's own file calls it busy for as long as the prompt waits.
      await world.until('idle', (x) => x.activity.state === 'idle', 'is idle again')
      await host.request({ op: 'release' })
      await type()
      await world.until('idle', (x) => x.lastMessage === 'Begun.', 'begins')
    } finally {
      host.close()
    }
  })
})
