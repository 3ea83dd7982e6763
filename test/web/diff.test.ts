import { expect, test } from 'vitest'
import { parseDiff } from '../../src/web/diff.ts'

const DIFF = `diff --git a/src/a b.ts b/src/a b.ts
index 1..2 100644
--- a/src/a b.ts
+++ b/src/a b.ts
@@ -1,3 +1,3 @@ export
 one
--- two
+++ three
 four
diff --git a/old.bin b/new.bin
similarity index 90%
rename from old.bin
rename to new.bin
Binary files a/old.bin and b/new.bin differ
`

test('files, lines and numbers; a line that looks like a header is a line within its hunk', () => {
  const [first, second] = parseDiff(DIFF)
  expect(first).toMatchObject({ path: 'src/a b.ts', added: 1, removed: 1 })
  expect(first!.lines.map(({ kind, text, old, new: fresh }) => [kind, text, old, fresh])).toEqual([
    ['hunk', 'export', null, null],
    ['same', 'one', 1, 1],
    ['removed', '-- two', 2, null],
    ['added', '++ three', null, 2],
    ['same', 'four', 3, 3],
  ])
  expect(second).toMatchObject({ path: 'new.bin', added: 0, removed: 0 })
  expect(second!.lines.map(({ text }) => text)).toContain('Binary files a/old.bin and b/new.bin differ')
})

test('a file of a million lines is cut, and says so', () => {
  const lines = Array.from({ length: 100_000 }, (_, n) => `+${n}`).join('\n')
  const [file] = parseDiff(`diff --git a/x b/x\n@@ -0,0 +1,100000 @@\n${lines}\n`)
  expect(file).toMatchObject({ added: 100_000 })
  expect(file!.lines).toHaveLength(3001)
  expect(file!.lines.at(-1)).toMatchObject({ kind: 'note' })
})

test('what is no diff is nothing', () => {
  for (const text of ['', '\n', '@@ -1 +1 @@\n+x', 'diff --git ', '<script>'])
    expect(() => parseDiff(text)).not.toThrow()
})
