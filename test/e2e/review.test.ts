/** Reviewing through the API, with a program as the agent. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World, writeFiles } from '../fixtures/world.ts'

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

    const [a, b] = view.files.map(({ path, change }) => ({ ...ref, path, change }))
    await world.client.call('reviewMark', a!)
    await world.client.call('reviewMark', b!)
    await world.client.call('reviewMark', { ...b!, marked: false })

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
    // Gone through were other files than these.
    expect(view.marks).toEqual([])
    expect(since.marks).toEqual([])
    const asBefore = await world.client.call('review', { ...ref, turns: { first: 1, last: 1 } })
    expect(asBefore.marks).toEqual([a!.change])
    expect(since.turns[1]).toMatchObject({ n: 2, kind: 'outside', from: null })
    expect(since.comments).toMatchObject([
      { id: 'c1', line: 3, writtenAt: 2, changed: false },
      // Its line is in the base, and not in what is compared with here.
      { id: 'c2', line: null, writtenAt: 2, changed: false },
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

  test('an approval goes along with main, and with nothing else', async () => {
    const s = await work('printf "1\\ntwo\\nthree\\n" > a.txt; git commit -qam a; printf "left\\n" > b.txt')
    const ref = { repo: world.repo, name: 'w' }
    const mainMoves = (name: string, text: string) => {
      writeFileSync(join(world.repo, name), text)
      world.git(['add', '-A'])
      world.git(['commit', '-qm', `main: ${name}`])
    }
    await world.client.call('approve', { ...ref, now: true })
    mainMoves('a.txt', 'one\ntwo\nthree\nfour\n')
    await world.client.call('update', ref)
    const main = world.git(['rev-parse', 'main'])
    expect((await world.client.call('review', ref)).approval).toMatchObject({
      current: true,
      why: `the newest snapshot is what was approved, merged with main at ${main.slice(0, 10)}`,
    })

    // Brought in once more, with a line that nobody has looked at.
    mainMoves('c.txt', 'main\n')
    writeFileSync(join(s.workspace.path, 'b.txt'), 'sneaked in\n')
    await world.client.call('update', { ...ref, rebase: true })
    const { approval } = await world.client.call('review', ref)
    const now = world.git(['rev-parse', '--short=10', 'main'])
    expect(approval).toMatchObject({
      current: false,
      why: `main was brought in at ${now}, and what is there is more than that and what was approved: b.txt`,
    })
  })

  test('against main: what landing would change, and nothing that main has by itself', async () => {
    await work('printf "one\\n2\\nthree\\n" > a.txt; git commit -qam a')
    writeFileSync(join(world.repo, 'main.txt'), 'main\n')
    world.git(['add', '-A'])
    world.git(['commit', '-qm', 'main moves'])
    const view = await world.client.call('review', { repo: world.repo, name: 'w', against: 'main' })
    expect(view.files).toMatchObject([{ path: 'a.txt', turns: [1] }])

    // A comment stands at its lines, wherever those are in the merged file.
    await world.client.call('comment', { repo: world.repo, name: 'w', path: 'a.txt', line: 2, text: 'why?' })
    writeFileSync(join(world.repo, 'a.txt'), 'zero\none\ntwo\nthree\n')
    world.git(['commit', '-qam', 'main grows'])
    const merged = await world.client.call('review', { repo: world.repo, name: 'w', against: 'main' })
    expect(merged.files[0]?.hunks[0]?.lines).toContainEqual(
      expect.objectContaining({ kind: 'added', new: 3, text: '2' }),
    )
    expect(merged.comments).toMatchObject([{ id: 'c1', line: 3, writtenAt: 2 }])
    writeFileSync(join(world.repo, 'a.txt'), 'one\nII\nthree\n')
    world.git(['commit', '-qam', 'main conflicts'])
    const parted = await world.client.call('review', { repo: world.repo, name: 'w', against: 'main' })
    expect(parted.from.why).toContain('conflicts')
    expect(parted.files).toMatchObject([{ path: 'a.txt', turns: [1] }])
  })

  test('a program that has ended is rejected without being told', async () => {
    await work('printf x > a.txt; git commit -qam a')
    const { code, stdout } = await world.cli(['reject', 'w', 'No.'])
    const said = 'w is rejected, and nobody could be told: it takes no prompts; worktrain resume w TEXT\n'
    expect([code, stdout]).toEqual([0, said])
    const review = await world.cli(['review', 'w'])
    expect(review.stdout).toMatch(/rejected (?:now|\d+s ago), and nobody could be told: No\.\n/)
    const { items } = await world.client.call('attention', { repo: world.repo })
    expect(items).toMatchObject([{ why: 'rejected, and nobody could be told: No.' }])
  })

  test('a snapshot is put back, and what was there before is still there', async () => {
    const s = await work('printf "2\\n" > a.txt; printf "ignored\\n" > .env; git commit -qam a')
    const at = (name: string) => readFileSync(join(s.workspace.path, name), 'utf8')
    writeFiles(s.workspace.path, { 'a.txt': 'changed\n', 'deep/new.txt': 'new\n' })
    await world.json(['review', 'w'])
    const list = await world.cli(['review', 'w', '--snapshots'])
    expect(list.stdout.trim().split('\n')).toHaveLength(2)
    const back = await world.cli(['review', 'w', '--restore', '1'])
    expect(back.stdout + back.stderr).toContain('w is as in snapshot 1; before, it was saved as snapshot 2')
    expect(at('a.txt')).toBe('2\n')
    expect(existsSync(join(s.workspace.path, 'deep'))).toBe(false)
    expect(at('.env')).toBe('ignored\n')
    const { turns } = await world.client.call('review', { repo: world.repo, name: 'w' })
    expect(turns.map(({ prompt }) => prompt)).toEqual(['Work', '', 'snapshot 1 was put back'])
    await world.json(['review', 'w', '--restore', '2'])
    expect(at('a.txt')).toBe('changed\n')
    expect(at('deep/new.txt')).toBe('new\n')
    const unknown = await world.cli(['review', 'w', '--restore', '99'])
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('has no snapshot 99')])
  })

  test('the command line: files, hunks with turn and prompt, comments, and nothing a terminal obeys', async () => {
    await work(
      'printf "one\\n\\033[31mtwo\\nthree\\n" > a.txt; printf "{}" > package-lock.json; git add -A; git commit -qm a',
    )
    await world.json(['comment', 'w', 'a.txt:2-3', 'in', 'words'])
    await world.json(['comment', 'w', 'a.txt:-2', 'why?'])
    const { stdout } = await world.cli(['review', 'w'])
    expect(stdout).toContain('w: 2 files, +2 −1')
    expect(stdout).toContain('turn 1, brief: Work')
    expect(stdout).toContain('package-lock.json  added, +1 −0, lock file, turn 1')
    const body = stdout.slice(stdout.indexOf('  @@ line 1'), stdout.indexOf('package-lock'))
    expect(body.trimEnd().split('\n')).toEqual([
      '  @@ line 1 · turn 1, brief: Work',
      '  1   one',
      '  2 - two',
      '    ● c2 draft, on what was there before',
      '      why?',
      '  2 + \\x1b[31mtwo',
      '  3   three',
      '    ● c1 draft',
      '      in words',
    ])
    const coloured = await world.cli(['review', 'w', 'a.txt'], { env: { FORCE_COLOR: '1' } })
    expect(coloured.stdout).toContain('\u001b[32m')
    const removed = await world.cli(['comment', 'w', '--remove', 'c2'])
    expect(removed.stdout).toBe('c2 removed\n')
    expect((await world.cli(['comment', 'w', '--list'])).stdout).toBe(
      'a.txt:2\n    ● c1 draft\n      in words\n',
    )
    const byTurn = await world.cli(['review', 'w', '--by-turn'])
    expect(byTurn.stdout).toContain('against turn 1')
    expect((await world.cli(['review', 'w', '--turn', '5'])).code).toBe(2)
    expect((await world.cli(['comment', 'w', 'a.txt', 'x'])).code).toBe(2)
    // It was looked at by now.
    const approved = await world.cli(['approve', 'w', '--land', '--wait'])
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    expect(world.git(['show', 'main:package-lock.json'])).toBe('{}')
  })

  test('of a session at work, what was looked at is approved, and that it cannot land yet is said', async () => {
    await world.json(['run', 'Work', '--name', 'w', '--', 'sh', '-c', 'echo x > b.txt; sleep 600'])
    const isThere = async () => (await world.cli(['review', 'w'])).stdout.includes('b.txt')
    await expect.poll(isThere).toBe(true)
    const approved = await world.cli(['approve', 'w'])
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    expect(approved.stdout).toContain(
      'it works on; once it rests, land it, and nothing else, with: worktrain land w',
    )
  })
})
