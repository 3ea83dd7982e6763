/** A plain worktree in its cell: how much of the repository it shares is out of reach, and what is not. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inRepository, openRepository, updateRef } from '../../src/git/index.ts'
import { buildCell, linkedGit, linkedHoles, type CellSpec } from '../../src/walls/index.ts'
import { runEveryday } from '../fixtures/everyday-git.ts'
import { makeWorld, noCell, type World } from './world.ts'

/** What writes the configuration that all share; and gc, which would expire the logs of others. */
const REFUSED = ['branch -m', 'config', 'remote', 'push -u', 'sparse-checkout', 'gc']

let w: World
let common: string
let tree: string
beforeAll(async () => {
  w = makeWorld()
  common = join(w.main, '.git')
  tree = join(w.root, 'app.worktrees/linked')
  w.git(w.main, 'gc', '-q')
  w.git(w.main, 'commit', '-q', '--allow-empty', '-m', 'loose')
  w.git(w.main, 'branch', 'fourth')
  w.git(w.main, 'worktree', 'add', '-q', '-b', 'worktrain/linked', tree)
  const repo = await openRepository(w.main)
  await updateRef(repo, 'refs/worktrain/x', w.git(w.main, 'rev-parse', 'HEAD'), null)
})
/** As it is built for each start: what stands there now is protected. */
const spec = (): CellSpec => {
  const shared = linkedGit(common, join(common, 'worktrees/linked'), 'worktrain/linked')
  return {
    ...w.spec,
    workspace: tree,
    writable: [...w.spec.writable, ...shared.writable],
    protect: [...w.spec.protect, ...shared.protect],
    contested: shared.contested,
  }
}
afterAll(() => w.remove())

const attack = (text: string) => w.script(`cd '${tree}' || exit 9; exec 2>&1; ${text}`, { spec: spec() })
/** Everything below a directory, as text. */
const content = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path} ${readFileSync(path, 'base64')}`)

describe.skipIf(noCell)(`a linked workspace${noCell}`, () => {
  test('reaches nothing that stands in files of its own', async () => {
    const kept = [
      'objects/pack',
      'objects/info',
      'worktrain',
      'hooks',
      'info',
      'logs/refs/heads/main',
      'logs/HEAD',
      'HEAD',
      'config',
    ]
    const look = () =>
      kept
        .map((name) => join(common, name))
        .flatMap((path) => (statSync(path).isFile() ? [readFileSync(path, 'utf8')] : content(path)))
    const before = look()
    await attack(`for f in ${kept.map((name) => `"$MAIN/.git/${name}"`).join(' ')}; do
        rm -rf "$f"; echo evil > "$f"; echo evil > "$f/evil"; mv "$f" "$f.away"; done
      for p in "$MAIN"/.git/objects/pack/*; do chmod u+w "$p"; echo evil > "$p"; rm -f "$p"; done
      echo "$OTHER/.git/objects" > "$MAIN/.git/objects/info/alternates"
      git update-ref refs/heads/main HEAD~1; git update-ref -d refs/heads/fourth; git reflog expire --expire=now --all
      mv "$MAIN/.git/objects" "$MAIN/.git/o"; mv "$MAIN/.git/logs" "$MAIN/.git/l"; mv "$MAIN/.git/worktrain" "$MAIN/.git/t"`)
    expect(look()).toEqual(before)
    expect(w.git(w.main, 'rev-parse', '--verify', 'fourth')).toBe(w.git(w.main, 'rev-parse', 'main'))
    expect(w.git(w.main, 'fsck', '--no-dangling', '--no-progress')).toBe('')
    expect(w.git(w.main, 'log', '-1', '--format=%s', 'main')).toBe('loose')
  })

  test('does the everyday work that needs no shared configuration', async () => {
    const cell = await buildCell(spec(), { argv: ['env'], env: { PATH: process.env.PATH } })
    const done = runEveryday(cell.argv, { cwd: tree, env: w.env, remote: '/tmp/everyday.git' })
    expect(done.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(REFUSED)
    expect(done).toHaveLength(38)
  })

  test('has the holes that it is said to have, and git of ours obeys none', async () => {
    const repo = await openRepository(w.main)
    w.git(w.main, 'pack-refs', '--all', '--prune')
    writeFileSync(join(w.main, 'README.md'), 'mine\n')
    w.git(w.main, 'stash', '-q')
    mkdirSync(join(w.temp, 'evil'))
    const out =
      await attack(`git stash list; git stash drop -q; git branch -f third HEAD~0; git update-ref refs/heads/third HEAD
      git init -q --bare evil.git; printf '[core]\\n\\tfsmonitor = touch "$PWD/ran"\\n[alias]\\n\\tx = x\\n' >> evil.git/config
      echo "$PWD/evil.git" > "$MAIN/.git/commondir"`)
    expect(out.stdout).toContain('stash@{0}')
    expect(existsSync(join(common, 'commondir'))).toBe(true)
    expect(linkedHoles().join()).toMatch(/stash.*packed.*loose objects.*commondir.*worktrees/)
    // The person's own git would obey it; ours keeps to the directory it knows, and says what is wrong.
    const asPerson = execFileSync('git', ['-C', w.main, 'config', '--list', '--local'], {
      env: w.env,
      encoding: 'utf8',
    })
    expect(asPerson).toContain('alias.x')
    const ours = await inRepository(repo, ['config', '--list', '--local'])
    expect(ours.stdout).not.toContain('alias.x')
    await expect(openRepository(w.main)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' })
    rmSync(join(common, 'commondir'))
    await openRepository(w.main)
    expect(existsSync(join(tree, 'ran'))).toBe(false)
  })
})
