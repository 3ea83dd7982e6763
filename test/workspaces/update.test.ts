/** Bringing main into a branch, and that a workspace is byte for byte as it was when that fails. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { inTheWay } from '../../src/workspaces/update.ts'
import type { RunInCell } from '../../src/workspaces/workspace.ts'
import { commit, sh, write } from '../git/repo.ts'
import { KINDS, agent, lockFiles, make, place, workspaces } from './fixture.ts'

const cell: RunInCell = async ({ argv, cwd, env }) => {
  const [program = '', ...args] = argv
  const identity = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@e',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@e',
  }
  const done = await run(program, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...identity, ...env },
  })
  return { exit: done.code, ...done }
}

/** Every file with mode and content, HEAD, branch, index, refs, and what is begun. */
function picture(path: string): Record<string, unknown> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== '.git' && !name.startsWith('.git/'))
    .toSorted()
    .map((name) => {
      const stat = lstatSync(join(path, name))
      const content = stat.isFile()
        ? createHash('sha256')
            .update(readFileSync(join(path, name)))
            .digest('hex')
        : stat.isSymbolicLink()
          ? readlinkSync(join(path, name))
          : ''
      return `${name} ${stat.mode.toString(8)} ${content}`
    })
  const gitDir = agent(path, 'rev-parse', '--absolute-git-dir')
  return {
    files,
    head: agent(path, 'rev-parse', 'HEAD', '--abbrev-ref', 'HEAD'),
    refs: agent(path, 'for-each-ref', 'refs/heads/worktrain', 'refs/stash'),
    index: agent(path, 'ls-files', '--stage', '--debug').replace(/^ {2}.*\n?/gm, ''),
    status: agent(path, 'status', '--porcelain', '--ignored'),
    begun: ['MERGE_HEAD', 'rebase-merge', 'rebase-apply', 'AUTO_MERGE', 'MERGE_AUTOSTASH'].filter((name) =>
      existsSync(join(gitDir, name)),
    ),
    locks: lockFiles(gitDir),
  }
}

for (const kind of KINDS) {
  describe(`an update of a ${kind} workspace`, () => {
    test('puts the branch on top of main, and its published branch follows', async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      commit(one.path, { mine: '1' })
      const before = (await workspaces.publish(one)).oid
      const main = commit(at.repo.root, { theirs: '1' })
      const done = await workspaces.update(one, main, cell, 'rebase')
      expect(done.result).toBe('rebased')
      expect(agent(one.path, 'rev-parse', 'HEAD^')).toBe(main)
      expect(before).not.toBe(done.head)
      expect(await workspaces.publish(one)).toMatchObject({ oid: done.head, diverged: null })
      expect(sh(at.repo.root, 'rev-parse', 'worktrain/one')).toBe(done.head)
      expect(await workspaces.update(one, main, cell, 'rebase')).toMatchObject({ result: 'current' })
    })

    for (const how of ['merge', 'rebase'] as const) {
      test(`leaves everything as it was after a conflict (${how})`, async () => {
        const at = await place()
        const one = await make(at, 'one', kind)
        commit(one.path, { 'src/a.txt': 'mine\n', 'b.txt': 'clean\n' })
        commit(one.path, { 'tool.sh': '#!/bin/sh\n' })
        chmodSync(join(one.path, 'tool.sh'), 0o755)
        agent(one.path, 'commit', '-qam', 'mode')
        // What nobody has committed, and is not in the way.
        write(one.path, { 'notes.txt': 'mine alone\n', 'sub/deep/file': 'x' })
        symlinkSync('nowhere', join(one.path, 'link'))
        // Git warns of this file in every step: its words are no names of files.
        write(one.path, { '.gitattributes': '!all text\n' })
        if (how === 'merge') write(one.path, { 'b.txt': 'changed and not committed\n' })
        const clash = commit(at.repo.root, { 'src/a.txt': 'theirs\n', 'other.txt': 'new\n' })
        const before = picture(one.path)
        const { head } = await workspaces.update(one, one.baseOid, cell, how)
        expect(await workspaces.update(one, clash, cell, how)).toEqual({
          result: 'conflict',
          head,
          files: ['src/a.txt'],
        })
        expect(picture(one.path)).toEqual(before)
      })

      test(`takes back what a hook of the session gives up (${how})`, async () => {
        const at = await place()
        const one = await make(at, 'one', kind)
        commit(one.path, { mine: '1' })
        const hooks = join(one.path, '..', `${kind}-hooks`)
        const hook = how === 'merge' ? 'commit-msg' : 'pre-rebase'
        write(hooks, { [hook]: '#!/bin/sh\necho no thanks\nexit 1\n' })
        chmodSync(join(hooks, hook), 0o755)
        const main = commit(at.repo.root, { theirs: '1' })
        // A linked workspace shares it with the repository.
        agent(one.path, 'config', 'core.hooksPath', hooks)
        const before = picture(one.path)
        await expect(workspaces.update(one, main, cell, how)).rejects.toMatchObject({ code: 'GIT_FAILED' })
        expect(picture(one.path)).toEqual(before)
      })

      test(`overwrites no file that was not committed, ignored ones included (${how})`, async () => {
        const at = await place()
        const one = await make(at, 'one', kind)
        commit(one.path, { '.gitignore': 'out/\n', mine: '1' })
        write(one.path, { 'out/build': 'precious\n', 'new.txt': 'precious\n' })
        const before = picture(one.path)
        for (const path of ['out/build', 'new.txt']) {
          sh(at.repo.root, 'checkout', '-q', '-B', 'next', 'main')
          const main = commit(at.repo.root, { [path]: 'theirs\n' })
          await expect(workspaces.update(one, main, cell, how)).rejects.toMatchObject({
            code: 'WORK_UNCOMMITTED',
            details: { files: [path] },
          })
        }
        expect(picture(one.path)).toEqual(before)
      })

      test(`is taken back after a crash in the middle, and nothing of the session's own is (${how})`, async () => {
        const at = await place()
        const one = await make(at, 'one', kind)
        commit(one.path, { 'src/a.txt': 'mine\n' })
        const clash = commit(at.repo.root, { 'src/a.txt': 'theirs\n' })
        const before = picture(one.path)
        const begin = () => cell({ argv: ['git', how, clash], cwd: one.path })
        await begin()
        expect(picture(one.path)).not.toEqual(before)
        // Another one than the one we began is the session's.
        const other = { to: one.baseOid, how }
        expect(await workspaces.takeBackUpdate(one, cell, other)).toBe(false)
        expect(picture(one.path)).not.toEqual(before)
        expect(await workspaces.takeBackUpdate(one, cell, { to: clash, how })).toBe(true)
        expect(picture(one.path)).toEqual(before)
        expect(await workspaces.takeBackUpdate(one, cell, { to: clash, how })).toBe(false)
      })
    }

    test('rewrites no commit that is anywhere else', async () => {
      const at = await place()
      const one = await make(at, 'one', kind)
      commit(one.path, { mine: '1' })
      const { oid } = await workspaces.publish(one)
      const main = commit(at.repo.root, { theirs: '1' })
      for (const ref of ['refs/heads/colleague', 'refs/remotes/origin/worktrain/one', 'refs/tags/v1']) {
        sh(at.repo.root, 'update-ref', ref, oid)
        await expect(workspaces.update(one, main, cell, 'rebase')).rejects.toMatchObject({
          code: 'SESSION_WRONG_STATE',
        })
        expect(agent(one.path, 'rev-parse', 'HEAD')).toBe(oid)
        sh(at.repo.root, 'update-ref', '-d', ref)
      }
      expect(await workspaces.update(one, main, cell, 'rebase')).toMatchObject({ result: 'rebased' })
    })
  })
}

test('what is in the way', () => {
  const incoming = { changed: new Set(['a', 'old']), covered: ['ignored'] }
  const file = (path: string, status: 'added' | 'modified' | 'renamed', from: string | null = null) => ({
    path,
    status,
    from,
  })
  const dirty = [
    file('a', 'modified'),
    file('b', 'modified'),
    file('c', 'added'),
    file('new', 'renamed', 'old'),
  ]
  expect(inTheWay('merge', dirty, incoming)).toEqual(['a', 'ignored', 'new'])
  expect(inTheWay('rebase', dirty, incoming)).toEqual(['a', 'b', 'ignored', 'new'])
  expect(inTheWay('merge', [file('c', 'added')], { changed: new Set(), covered: [] })).toEqual([])
})
