/** Files that Git LFS keeps: a saved state holds their content, git in the checkout knows pointers. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENV, sh, write } from '../fixtures/plain-git.ts'
import { again, back, openPlace, picture, type Place, show, workOf } from './scene.ts'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-spotlight-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const pointer = (content: string) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash('sha256').update(content).digest('hex')}\nsize ${content.length}\n`
const CONTENT = { main: 'picture of main\n'.repeat(100), session: 'picture of the session\n'.repeat(100) }

function hasLfs(): boolean {
  try {
    execFileSync('git', ['lfs', 'version'], { env: ENV, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The person's filter: git-lfs itself, or one that makes the same pointers. */
function install(root: string, filter: string): void {
  if (filter === 'git-lfs') {
    sh(root, 'lfs', 'install', '--local', '--skip-repo')
    return
  }
  const program = join(home, 'lfs')
  writeFileSync(
    program,
    `#!/bin/sh
t=$(mktemp -p '${home}'); cat > "$t"
if head -c 7 "$t" | grep -q '^version'; then
  o=$(sed -n 's/^oid sha256://p' "$t")
  if [ "$1" = smudge ]; then cat "${home}/store.$o"; else cat "$t"; fi
elif [ "$1" = smudge ]; then cat "$t"
else
  o=$(sha256sum < "$t" | cut -c1-64); cp "$t" "${home}/store.$o"
  printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$o" "$(stat -c %s "$t")"
fi
`,
  )
  chmodSync(program, 0o755)
  for (const way of ['clean', 'smudge']) sh(root, 'config', `filter.stand-in.${way}`, `${program} ${way}`)
  sh(root, 'config', 'filter.stand-in.required', 'true')
}

/** A checkout with a file of LFS, and a saved state that holds content where it was changed and not committed. */
async function openLfs(filter: string): Promise<Place> {
  const attributes = `*.bin filter=${filter === 'git-lfs' ? 'lfs' : filter} -text\n`
  const place = await openPlace(home, {}, { 'a.txt': 'a\n', 'b.txt': 'b\n', '.gitattributes': attributes })
  const { root, repo } = place
  install(root, filter)
  write(root, { 'a.bin': CONTENT.main, 'same.bin': 'unchanged\n' })
  sh(root, 'add', '.')
  sh(root, 'commit', '-q', '-m', 'pictures')
  expect(sh(root, 'show', 'main:a.bin')).toBe(pointer(CONTENT.main).trimEnd())
  // Made without the filter, as a saved state is.
  const saved = { 'a.bin': CONTENT.session, 'new.bin': 'new picture\n', 'b.txt': 'B\n' }
  const work = workOf(repo, 'raw', saved, 'main')
  expect(sh(root, 'show', `${work.commit}:a.bin`)).toBe(CONTENT.session.trimEnd())
  return { ...place, work }
}

/** Later than git can tell by a file's time alone that nobody has written it. */
const touch = (place: Place, ...paths: string[]) => {
  for (const path of paths) utimesSync(join(place.root, path), 1_700_000_000, 1_700_000_000)
}
const contentOf = (place: Place, path: string) => readFileSync(join(place.root, path), 'utf8')

it.each([
  ['git-lfs', hasLfs()],
  ['stand-in', true],
])('what is content in what is shown is not taken for an edit (%s)', async (filter, there) => {
  if (!there) return
  const place = await openLfs(filter)
  write(place.root, { 'a.txt': 'mine\n' })
  const was = picture(place.root)
  await show(place)
  expect(contentOf(place, 'a.bin')).toBe(CONTENT.session)
  expect(contentOf(place, 'same.bin')).toBe('unchanged\n')
  touch(place, 'a.bin', 'new.bin', 'same.bin')
  // So git would say that they are changed.
  expect(sh(place.root, 'status', '--porcelain')).toBe(' M a.bin\n M new.bin')
  const { edits, notes } = await back(place)
  expect({ edits, notes }).toEqual({ edits: null, notes: [] })
  expect(picture(place.root)).toEqual(was)
  expect(sh(place.root, 'for-each-ref', 'refs/worktrain/spotlight')).toBe('')
})

const ONE = hasLfs() ? 'git-lfs' : 'stand-in'

it('an edit beside it is kept alone, and one of it is one', async () => {
  const place = await openLfs(ONE)
  const newer = workOf(place.repo, 'newer', { 'b.txt': 'newer\n' }, place.work.commit)
  const was = picture(place.root)
  await show(place)
  touch(place, 'a.bin', 'new.bin')
  write(place.root, { 'a.txt': 'tried\n' })
  const first = (await again(place, newer)).edits
  expect(first?.files).toEqual(['a.txt'])
  expect(sh(place.root, 'diff', '--name-only', place.work.commit, first?.commit ?? '')).toBe('a.txt')
  expect(contentOf(place, 'a.bin')).toBe(CONTENT.session)
  write(place.root, { 'a.bin': 'another picture\n' })
  const { edits } = await back(place)
  expect(edits?.files).toEqual(['a.bin'])
  expect(sh(place.root, 'show', `${edits?.commit}:a.bin`)).toBe(pointer('another picture\n').trimEnd())
  expect(picture(place.root)).toEqual(was)
})

it('what was staged beside it is kept', async () => {
  const place = await openLfs(ONE)
  await show(place)
  write(place.root, { 'a.bin': 'staged picture\n' })
  sh(place.root, 'add', 'a.bin')
  write(place.root, { 'a.bin': CONTENT.session })
  const { edits } = await back(place)
  expect(edits?.files).toEqual(['a.bin'])
  expect(sh(place.root, 'show', `${edits?.commit}^2^2:a.bin`)).toBe(pointer('staged picture\n').trimEnd())
})
