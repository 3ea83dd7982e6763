/** What a review reads of real repositories. */
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ReviewFile } from '../../src/protocol/review.ts'
import { compareStates, nameOf, objectsOf, pathNamed } from '../../src/review/index.ts'
import { commit, repository, sh, write } from '../git/repo.ts'

type Repo = Awaited<ReturnType<typeof repository>>

/** Compares commits; each after the first is a turn. */
async function compared(repo: Repo, commits: string[], more: { paths?: string[]; context?: number } = {}) {
  const objects = objectsOf(repo)
  const trees = await objects.trees(commits)
  const result = await compareStates(objects, {
    from: trees[0] ?? '',
    to: trees.at(-1) ?? '',
    states: trees.slice(1).map((tree, i) => ({ tree, turn: i + 1 })),
    since: 0,
    paths: more.paths ?? [],
    context: more.context ?? 3,
  })
  const named = new Map(result.files.map((file) => [file.path, file]))
  return { ...result, file: (path: string) => named.get(path) as ReviewFile }
}

const texts = (file: ReviewFile, kind: 'added' | 'removed') =>
  file.hunks.flatMap(({ lines }) =>
    lines.filter((line) => line.kind === kind).map(({ text, turn }) => [text, turn]),
  )

describe('files', () => {
  test('added, deleted, changed, renamed, with the turn of every line', async () => {
    const repo = await repository()
    const top = repo.root
    const long = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n') + '\n'
    const c0 = commit(top, { 'old.txt': long, 'gone.txt': 'bye\n', 'src/b.txt': 'one\ntwo\nthree\n' })
    sh(top, 'mv', 'old.txt', 'new.txt')
    const c1 = commit(top, { 'src/b.txt': 'one\n2\nthree\n', 'fresh.txt': 'new\n' })
    rmSync(join(top, 'gone.txt'))
    const c2 = commit(top, {
      'new.txt': long.replace('line 7\n', 'LINE 7\n'),
      'src/b.txt': 'one\n2\nthree\nfour\n',
    })
    const { file, files } = await compared(repo, [c0, c1, c2])
    expect(files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      'added fresh.txt',
      'deleted gone.txt',
      'renamed new.txt',
      'modified src/b.txt',
    ])
    expect(file('new.txt')).toMatchObject({
      from: 'old.txt',
      added: 1,
      removed: 1,
      turns: [1, 2],
      oldMode: '100644',
    })
    expect(file('new.txt').similarity).toBeGreaterThan(80)
    expect(texts(file('new.txt'), 'added')).toEqual([['LINE 7', 2]])
    expect(texts(file('src/b.txt'), 'added')).toEqual([
      ['2', 1],
      ['four', 2],
    ])
    expect(texts(file('src/b.txt'), 'removed')).toEqual([['two', 1]])
    expect(file('src/b.txt').hunks).toMatchObject([
      { oldStart: 1, oldLines: 3, newStart: 1, newLines: 4, turns: [1, 2] },
    ])
    expect(texts(file('gone.txt'), 'removed')).toEqual([['bye', 2]])
    expect(texts(file('fresh.txt'), 'added')).toEqual([['new', 1]])
  })

  test('hunks apply: they are what git itself would show', async () => {
    const repo = await repository()
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i}`)
    const c0 = commit(repo.root, { 'a.txt': `${lines.join('\n')}\n` })
    const changed = [...lines]
    changed.splice(50, 2, 'fifty')
    changed.splice(30, 0, 'thirty', 'one')
    changed.splice(2, 1)
    const c1 = commit(repo.root, { 'a.txt': changed.join('\n') })
    const { file } = await compared(repo, [c0, c1])
    const ours = file('a.txt').hunks.flatMap((hunk) => [
      `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
      ...hunk.lines.flatMap((line) => [
        `${{ same: ' ', added: '+', removed: '-' }[line.kind]}${line.text}`,
        ...(line.noNewline ? ['\\ No newline at end of file'] : []),
      ]),
    ])
    const git = sh(repo.root, 'diff-tree', '-p', '-r', c0, c1)
    const theirs = git
      .slice(git.indexOf('@@'))
      .split('\n')
      .map((line) => line.replace(/^(@@ .* @@).*/, '$1'))
    expect(ours).toEqual(theirs)
  })

  test('a mode, a link, a file that becomes a link, binary content, a submodule', async () => {
    const repo = await repository()
    const top = repo.root
    write(top, { 'run.sh': 'echo\n', 'file.txt': 'text\n' })
    writeFileSync(join(top, 'image.png'), Buffer.from([1, 0, 2, 3]))
    symlinkSync('run.sh', join(top, 'link'))
    sh(top, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`)
    const c0 = commit(top, {})
    chmodSync(join(top, 'run.sh'), 0o755)
    rmSync(join(top, 'link'))
    symlinkSync('other.sh', join(top, 'link'))
    rmSync(join(top, 'file.txt'))
    symlinkSync('README.md', join(top, 'file.txt'))
    writeFileSync(join(top, 'image.png'), Buffer.from([1, 0, 2, 3, 4]))
    sh(top, 'add', '-A')
    sh(top, 'update-index', '--add', '--cacheinfo', `160000,${'2'.repeat(40)},vendor/lib`)
    sh(top, 'commit', '-qm', 'all')
    const { file } = await compared(repo, [c0, sh(top, 'rev-parse', 'HEAD')])
    expect(file('run.sh')).toMatchObject({
      oldMode: '100644',
      newMode: '100755',
      added: 0,
      hunks: [],
      turns: [1],
    })
    expect(file('link')).toMatchObject({ kind: 'symlink', status: 'modified' })
    expect(texts(file('link'), 'added')).toEqual([['other.sh', 1]])
    expect(file('file.txt')).toMatchObject({ kind: 'symlink', status: 'type-changed', newMode: '120000' })
    expect(file('image.png')).toMatchObject({
      kind: 'binary',
      added: null,
      oldSize: 4,
      newSize: 5,
      hunks: [],
      turns: [1],
    })
    expect(file('vendor/lib')).toMatchObject({ kind: 'submodule' })
    expect(texts(file('vendor/lib'), 'added')).toEqual([[`Subproject commit ${'2'.repeat(40)}`, 1]])
  })

  test('names with quotes, line feeds, escapes and bytes that are no text stay apart, and lead back', async () => {
    const repo = await repository()
    const top = repo.root
    const c0 = sh(top, 'rev-parse', 'HEAD')
    const odd = [
      'with "quotes".txt',
      '"begins.txt',
      'line\nfeed.txt',
      'tab\there',
      '\u001b[31mred',
      'ünïcode.txt',
      'back\\slash',
      ' space ',
    ]
    for (const name of odd) writeFileSync(join(top, name), 'x\n')
    const bytes = Buffer.from('caf\xe9.txt', 'latin1')
    writeFileSync(Buffer.concat([Buffer.from(`${top}/`), bytes]), 'latin1\n')
    sh(top, 'add', '-A')
    sh(top, 'commit', '-qm', 'odd')
    const { files, file } = await compared(repo, [c0, sh(top, 'rev-parse', 'HEAD')])
    expect(files.map(({ path }) => path).sort()).toEqual(
      [
        'with "quotes".txt',
        '"\\"begins.txt"',
        '"line\\nfeed.txt"',
        '"tab\\there"',
        '"\\033[31mred"',
        'ünïcode.txt',
        'back\\slash',
        ' space ',
        '"caf\\351.txt"',
      ].sort(),
    )
    expect(texts(file('"caf\\351.txt"'), 'added')).toEqual([['latin1', 1]])
    for (const { path } of files) expect(nameOf(pathNamed(path))).toBe(path)
    const [feed, odder] = await objectsOf(repo).files('HEAD', ['line\nfeed.txt', 'caf\xe9.txt'], 100)
    expect([feed, odder]).toEqual(['x\n', 'latin1\n'])
  })

  test('text that is no UTF-8 is shown, and lines that differ only in such bytes differ', async () => {
    const repo = await repository()
    writeFileSync(join(repo.root, 'l.txt'), Buffer.from('caf\xe9\n', 'latin1'))
    const c0 = commit(repo.root, {})
    writeFileSync(join(repo.root, 'l.txt'), Buffer.from('caf\xe8\n', 'latin1'))
    const { file } = await compared(repo, [c0, commit(repo.root, {})])
    expect(texts(file('l.txt'), 'added')).toEqual([['caf\ufffd', 1]])
    expect(file('l.txt')).toMatchObject({ added: 1, removed: 1 })
  })
})

describe('what is shown closed', () => {
  test('lock files, minified and generated ones by the attributes of the base; named ones are opened', async () => {
    const repo = await repository()
    const c0 = commit(repo.root, {
      '.gitattributes':
        '*.pb.go linguist-generated\n/api/** linguist-generated=true\napi/hand.ts -linguist-generated\n',
      'deep/.gitattributes': 'gen.ts linguist-generated\n',
      'package-lock.json': '{}\n',
    })
    const c1 = commit(repo.root, {
      'package-lock.json': '{"a":1}\n',
      'x/y.pb.go': 'package y\n',
      'api/client.ts': 'a\n',
      'api/hand.ts': 'a\n',
      'deep/gen.ts': 'a\n',
      'gen.ts': 'a\n',
      'dist/app.min.js': 'a\n',
      'long.js': `${'x'.repeat(5000)}\n`,
    })
    const { file, files } = await compared(repo, [c0, c1])
    const why = Object.fromEntries(files.map(({ path, folded }) => [path, folded]))
    expect(why).toEqual({
      'api/client.ts': 'generated',
      'api/hand.ts': null,
      'deep/gen.ts': 'generated',
      'dist/app.min.js': 'minified',
      'gen.ts': null,
      'long.js': 'minified',
      'package-lock.json': 'lock file',
      'x/y.pb.go': 'generated',
    })
    expect(file('package-lock.json')).toMatchObject({ added: 1, removed: 1, hunks: [] })
    const named = await compared(repo, [c0, c1], { paths: ['package-lock.json'] })
    expect(named.files).toHaveLength(1)
    expect(texts(named.file('package-lock.json'), 'added')).toEqual([['{"a":1}', 1]])
  })

  test('the work cannot close its own files, nor hide them as binary or run anything by its attributes', async () => {
    const repo = await repository()
    const c0 = sh(repo.root, 'rev-parse', 'HEAD')
    sh(repo.root, 'config', 'diff.evil.textconv', `touch ${join(repo.root, 'ran')}; cat`)
    sh(repo.root, 'config', 'diff.external', `touch ${join(repo.root, 'ran')}`)
    const c1 = commit(repo.root, {
      '.gitattributes': '*.ts linguist-generated -diff binary\n*.txt diff=evil\n',
      'evil.ts': '// @generated\nsteal()\n',
      'src/a.txt': 'changed\n',
    })
    const { file } = await compared(repo, [c0, c1])
    expect(file('evil.ts')).toMatchObject({ folded: null, kind: 'text', added: 2 })
    expect(texts(file('src/a.txt'), 'added')).toEqual([['changed', 1]])
    expect(execFileSync('ls', [repo.root], { encoding: 'utf8' })).not.toContain('ran')
  })

  test('what is large is bounded, and says so', async () => {
    const repo = await repository()
    const c0 = sh(repo.root, 'rev-parse', 'HEAD')
    const c1 = commit(repo.root, {
      'many.txt': Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(''),
      'huge.txt': 'x\n'.repeat(1024 * 1024),
      'wide.txt': `short\n${'y'.repeat(3000)}\n${'short\n'.repeat(30)}`,
    })
    const { file } = await compared(repo, [c0, c1])
    const shown = file('many.txt').hunks.flatMap(({ lines }) => lines)
    expect(shown).toHaveLength(2000)
    expect(file('many.txt')).toMatchObject({ added: 5000, omitted: expect.stringContaining('3000 more') })
    expect(file('huge.txt')).toMatchObject({
      added: null,
      hunks: [],
      omitted: expect.stringContaining('too large'),
    })
    expect(file('wide.txt').hunks[0]?.lines[1]).toMatchObject({ cut: 1000 })
    const whole = await compared(repo, [c0, c1], { paths: ['many.txt'] })
    expect(whole.file('many.txt')).toMatchObject({ omitted: null })
  })
})
