/** What landed lately stays: lines are counted (G5), and files are compared (G4). */
import { describe, expect, it } from 'vitest'
import { outcomeOf, sidesOf } from '../../src/train/merge/foreign.ts'
import { lostLines } from '../../src/train/merge/lost.ts'
import { inRoom } from '../../src/train/merge/objects.ts'
import { patchLines } from '../../src/train/merge/patch.ts'
import { candidateOf, lines, type Yard, yard } from './merging.ts'
import { branch, commit, sh } from './repository.ts'

const landed = (y: Yard, files: Record<string, string>) => {
  const old = sh(y.root, 'rev-parse', 'main')
  return { old, new: commit(y.root, files, 'landed') }
}

/** What the guard says of a tree that somebody else calls the merge. */
async function judge(y: Yard, head: string, tree: string, recent: { old: string; new: string }[]) {
  const base = sh(y.root, 'rev-parse', 'main')
  return inRoom(y.repo, y.objects, base, async (room) => {
    const sides = await sidesOf(y.repo, room, base, head)
    if (!sides) throw new Error('no common commit')
    const outcome = await outcomeOf(y.repo, room, sides, tree)
    return lostLines(y.repo, room, { sides, tree, outcome, recent, settled: new Set() })
  })
}

const treeOf = (y: Yard, head: string) => sh(y.root, 'rev-parse', `${head}^{tree}`)

describe('the guard against lost lines', () => {
  it('finds what a wrong merge takes back in a file that both sides changed', async () => {
    const y = await yard({ 'a.txt': lines(40), 'b.txt': 'b\n' })
    const head = branch(y.repo, 'one', { 'a.txt': lines(40, { 3: 'mine' }) })
    const first = landed(y, { 'a.txt': lines(40, { 20: 'landed' }) })
    const second = landed(y, { 'b.txt': 'B\n' })
    const right = candidateOf(await y.merge(head, { recent: [first, second] }))
    expect(sh(y.root, 'show', `${right.commit}:a.txt`)).toContain('landed')
    // The change's own version in full: as with the merge base of yesterday.
    expect(await judge(y, head, treeOf(y, head), [first])).toEqual([
      { path: 'a.txt', line: 'landed', landed: first.new },
    ])
    // It is not one of the landings that are looked at.
    expect(await judge(y, head, treeOf(y, head), [])).toEqual([])
  })

  it('lets a change remove, move and rename what landed before it', async () => {
    const y = await yard({ 'a.txt': lines(40) })
    const recent = [landed(y, { 'a.txt': lines(40, { 20: 'landed', 21: 'landed' }) })]
    const text = lines(40, { 20: 'landed', 21: 'landed' })
    const removes = branch(y.repo, 'removes', { 'a.txt': lines(40) })
    const moves = branch(y.repo, 'moves', { 'a.txt': lines(40, { 20: '' }), 'c.txt': 'landed\nlanded\n' })
    const renames = branch(y.repo, 'renames', { 'a.txt': null, 'd.txt': text })
    // Something else on main, so that both sides have changed the file.
    recent.push(landed(y, { 'a.txt': text.replace('line 5\n', 'line 5\nalso landed\n') }))
    for (const head of [removes, moves, renames]) candidateOf(await y.merge(head, { recent }))
  })

  it('counts: of two equal lines that landed, none may go missing', async () => {
    const y = await yard({ 'a.txt': lines(30), 'b.txt': lines(30) })
    const head = branch(y.repo, 'one', {
      'a.txt': lines(30, { 2: 'mine' }),
      'b.txt': lines(30, { 2: 'mine' }),
    })
    const both = { 'a.txt': lines(30, { 20: 'call()' }), 'b.txt': lines(30, { 20: 'call()' }) }
    const recent = [landed(y, both)]
    sh(y.root, 'checkout', '-q', '-b', 'wrong')
    const wrong = commit(y.root, {
      'a.txt': lines(30, { 2: 'mine', 20: 'call()' }),
      'b.txt': lines(30, { 2: 'mine' }),
    })
    sh(y.root, 'checkout', '-q', 'main')
    expect(await judge(y, head, treeOf(y, wrong), recent)).toMatchObject([{ path: 'b.txt', line: 'call()' }])
  })

  it('is not blinded by an attribute, and takes line endings for what they are', async () => {
    const y = await yard({ 'a.txt': lines(40), '.gitattributes': '*.txt -diff\n' })
    const head = branch(y.repo, 'one', { 'a.txt': lines(40, { 3: 'mine' }) })
    const recent = [landed(y, { 'a.txt': lines(40, { 20: 'landed\r' }) })]
    expect(await judge(y, head, treeOf(y, head), recent)).toMatchObject([{ line: 'landed' }])
  })

  it('says when there was too much to look at', async () => {
    const y = await yard({ 'a.txt': lines(40) })
    const big = (text: string) => `${text} ${'x'.repeat(3000)}\n`.repeat(1000)
    const head = branch(y.repo, 'one', {
      'a.txt': lines(40, { 3: 'mine' }),
      ...Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`big${n}.txt`, big(`${n}`)])),
    })
    const recent = [landed(y, { 'a.txt': lines(40, { 20: 'landed' }) })]
    const said = await judge(y, head, treeOf(y, head), recent)
    expect(said).toContain('was not looked at')
  })
})

describe('a patch', () => {
  it('is read by its counts', () => {
    const patch = [
      'diff --git a/x b/x',
      '--- a/x',
      '+++ b/x',
      '@@ -1,2 +1 @@',
      '--- a/not a header',
      '-@@ -1 +1 @@',
      '+new\r',
      '\\ No newline at end of file',
      'diff --git "a/q\\"\\303\\251" "b/q\\"\\303\\251"',
      '--- "a/q\\"x"',
      '+++ "b/q\\"x"',
      '@@ -0,0 +5 @@',
      '+last',
      '',
    ].join('\n')
    expect(patchLines(patch)).toEqual([
      { path: 'x', sign: '-', line: '-- a/not a header' },
      { path: 'x', sign: '-', line: '@@ -1 +1 @@' },
      { path: 'x', sign: '+', line: 'new' },
      { path: 'q"x', sign: '+', line: 'last' },
    ])
  })
})
