/** Reviewing through the API, with a program as the agent. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../fixtures/world.ts'

const HANDOFF = ['files_changed: [a.txt]', 'behaviour_changed: more', 'commands_run: []'].join('\n')

describe('a review', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld({ files: { 'a.txt': 'one\ntwo\nthree\n' } })
  })
  afterEach(async () => world.close())

  const work = async (script: string) => {
    await world.json([
      'run',
      'Work',
      '--name',
      'w',
      '--agent',
      'command',
      '--check',
      'true',
      '--',
      'sh',
      '-c',
      script,
    ])
    return world.until('w', (s) => s.process.state === 'exited' && s.lastSnapshot !== null, 'ends')
  }

  test('shows the whole work, uncommitted included, turn by turn; comments stay on their lines', async () => {
    const s = await work('printf "one\\n2\\nthree\\n" > a.txt; git commit -qam a; printf "new\\n" > b.txt')
    const ref = { repo: world.repo, name: 'w' }
    const view = await world.client.call('review', ref)
    expect(view.files).toMatchObject([
      { path: 'a.txt', status: 'modified', turns: [1], added: 1, removed: 1 },
      { path: 'b.txt', status: 'added', turns: [1] },
    ])
    expect(view.turns).toMatchObject([{ n: 1, kind: 'turn', from: 'brief', prompt: 'Work' }])
    expect(view.uncommitted).toEqual(['b.txt'])
    expect(view.from).toMatchObject({ against: 'base', commit: s.base.oid })

    const draft = await world.client.call('comment', { ...ref, path: 'a.txt', line: 2, text: 'in words' })
    expect(draft).toMatchObject({ id: 'c1', state: 'draft', line: 2, code: ['2'] })
    const gone = { ...ref, path: 'a.txt', side: 'old' as const, line: 2, text: 'why?' }
    expect(await world.client.call('comment', gone)).toMatchObject({ id: 'c2', side: 'old', code: ['two'] })
    await expect(
      world.client.call('comment', { ...ref, path: 'a.txt', line: 9, text: 'x' }),
    ).rejects.toMatchObject({ code: 'LINE_UNKNOWN' })

    await world.client.call('reviewSeen', { ...ref, commit: view.to.commit })
    writeFileSync(join(s.workspace.path, 'a.txt'), 'zero\none\n2\nthree\n')
    const since = await world.client.call('review', { ...ref, against: 'seen' })
    expect(since.seen).toMatchObject({ commit: view.to.commit, current: false })
    expect(since.files).toMatchObject([{ path: 'a.txt', added: 1, removed: 0, turns: [2] }])
    expect(since.turns[1]).toMatchObject({ n: 2, kind: 'outside', from: null })
    expect(since.comments).toMatchObject([
      { id: 'c1', line: 3, writtenAt: 2, changed: false },
      { id: 'c2', line: 2 },
    ])
    // What was never on the screen is not approved.
    await expect(world.client.call('approve', ref)).rejects.toMatchObject({ code: 'REVIEW_STALE' })
  })

  test('an approval pins what was seen, and only that lands', async () => {
    const s = await work('printf "one\\n2\\nthree\\n" > a.txt; git commit -qam a')
    const ref = { repo: world.repo, name: 'w' }
    await expect(world.client.call('land', { ...ref, approved: true })).rejects.toMatchObject({
      code: 'REVIEW_STALE',
    })
    const { to } = await world.client.call('review', ref)
    await world.client.call('approve', { ...ref, commit: to.commit })
    expect((await world.client.call('review', ref)).approval).toMatchObject({
      commit: to.commit,
      current: true,
    })

    writeFileSync(join(s.workspace.path, 'a.txt'), 'sneaked in\n')
    world.git(['-C', s.workspace.path, 'commit', '-qam', 'more'])
    expect((await world.client.call('review', ref)).approval).toMatchObject({
      commit: to.commit,
      current: false,
    })
    await expect(world.client.call('land', { ...ref, approved: true })).rejects.toMatchObject({
      code: 'REVIEW_STALE',
    })
    const { files } = await world.client.call('review', { ...ref, against: 'approved' })
    expect(files).toMatchObject([{ path: 'a.txt', turns: [2] }])

    const now = await world.client.call('review', ref)
    await world.client.call('approve', { ...ref, commit: now.to.commit, land: true })
    await world.until('w', (x) => x.stage === 'landed', 'lands')
    expect(world.git(['show', 'main:a.txt'])).toBe('sneaked in')
  })

  test('against main: what landing would change, and nothing that main has by itself', async () => {
    await work('printf "one\\n2\\nthree\\n" > a.txt; git commit -qam a')
    writeFileSync(join(world.repo, 'main.txt'), 'main\n')
    world.git(['add', '-A'])
    world.git(['commit', '-qm', 'main moves'])
    const view = await world.client.call('review', { repo: world.repo, name: 'w', against: 'main' })
    expect(view.files).toMatchObject([{ path: 'a.txt', turns: [1] }])
    writeFileSync(join(world.repo, 'a.txt'), 'one\nII\nthree\n')
    world.git(['commit', '-qam', 'main conflicts'])
    const parted = await world.client.call('review', { repo: world.repo, name: 'w', against: 'main' })
    expect(parted.from.why).toContain('conflicts')
    expect(parted.files).toMatchObject([{ path: 'a.txt', turns: [1] }])
  })

  test('a program that has ended is rejected without being told', async () => {
    await work(`printf x > a.txt; git commit -qam a; printf '%s\\n' "${HANDOFF}" > "$WORKTRAIN_HANDOFF"`)
    const { sent } = await world.client.call('reject', { repo: world.repo, name: 'w', reason: 'No.' })
    expect(sent).toEqual([])
    expect((await world.client.call('review', { repo: world.repo, name: 'w' })).rejected).toMatchObject({
      reason: 'No.',
    })
  })
})
