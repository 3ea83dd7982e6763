/**
 * G18: what the train calls clean is what `git merge` makes in a checkout, file for file; what it calls a
 * conflict is one there as well; and no guard takes an ordinary merge for a wrong one.
 *
 * `WORKTRAIN_PAIRS` and `WORKTRAIN_SEED` choose how many pairs and which.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { temporary, yardOf } from './merging.ts'
import { makePairs, type Pair } from './random.ts'
import { ENV, repositoryWith } from './repository.ts'

const PAIRS = Number(process.env.WORKTRAIN_PAIRS ?? 100)
const SEED = Number(process.env.WORKTRAIN_SEED ?? 20_260_423)

type ByHand = { tree: string } | { files: string[] }

/** All merges as the person's git makes them, one after another in one checkout. */
async function mergedByHand(root: string, pairs: readonly Pair[]): Promise<ByHand[]> {
  const script = `while read ours theirs; do
    git checkout -q -f --detach "$ours" || exit 9
    if git merge -q --no-edit --no-ff "$theirs" >&2; then printf 'tree\\t'; git rev-parse 'HEAD^{tree}'; printf '\\0'
    else git ls-files -u -z; git reset -q --hard; git clean -q -f -d -x; fi
    printf '\\001'
  done`
  const done = await run('/bin/sh', ['-c', script], {
    cwd: root,
    env: ENV,
    input: pairs.map(({ ours, theirs }) => `${ours} ${theirs}\n`).join(''),
  })
  expect(done.code, done.stderr).toBe(0)
  return done.stdout
    .split('\u0001')
    .slice(0, -1)
    .map((said) => {
      if (said.startsWith('tree\t')) return { tree: said.slice(5, -2) }
      // As the train names them: without what git adds to tell two things of one name apart.
      const names = said
        .split('\0')
        .filter(Boolean)
        .map((entry) => entry.replace(/^[^\t]*\t/, '').replace(/~(HEAD|[0-9a-f]{40})(_\d+)?$/, ''))
      return { files: [...new Set(names)].sort() }
    })
}

it(`merges ${PAIRS} pairs as git does`, async () => {
  const home = temporary()
  const repo = await repositoryWith(join(home, 'repo'), { 'README.md': 'x\n' })
  const yard = await yardOf(repo, home)
  const pairs = makePairs(repo.root, PAIRS, SEED)
  const byHand = mergedByHand(repo.root, pairs)
  const built = await Promise.all(
    [0, 1].map(async (lane) => {
      const all = []
      for (const { base, ours, theirs } of pairs.filter((_, at) => at % 2 === lane))
        // Everything the target has landed counts as lately landed.
        all.push(await yard.merge(theirs, { base: ours, recent: [{ old: base, new: ours }] }))
      return all
    }),
  )
  const wrong: string[] = []
  let clean = 0
  for (const [at, right] of (await byHand).entries()) {
    const ours = built[at % 2]?.[Math.floor(at / 2)]
    const same =
      'tree' in right
        ? (ours?.kind === 'candidate' || ours?.kind === 'contained') && ours.tree === right.tree
        : ours?.kind === 'conflict' && ours.files.join('\0') === right.files.join('\0')
    if ('tree' in right) clean += 1
    if (!same) wrong.push(JSON.stringify([pairs[at], ours, right]))
  }
  expect(wrong).toEqual([])
  // Neither kind is an exception.
  expect(Math.min(clean, PAIRS - clean)).toBeGreaterThan(PAIRS / 10)
}, 3_600_000)
