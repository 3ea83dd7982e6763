import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RemovalStep } from '../../src/protocol/index.ts'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, temporary, write } from '../git/repo.ts'
import { agent, make, place, snap, trashOptions, workspaces, type Place } from './fixture.ts'

/** A workspace with every kind of unsaved state. */
async function busy(at: Place, kind: 'sealed' | 'linked'): Promise<Workspace> {
  const one = await make(at, kind, kind)
  commit(one.path, { committed: 'c', '.gitignore': 'ignored\n' })
  if (kind === 'sealed') {
    for (const text of ['older', 'newer']) {
      write(one.path, { 'README.md': text })
      agent(one.path, 'stash', '-q')
    }
    agent(
      one.path,
      'branch',
      'extra',
      agent(one.path, 'commit-tree', '-p', 'HEAD', '-m', 'extra', 'HEAD^{tree}'),
    )
    agent(one.path, 'tag', 'mark')
  }
  write(one.path, { staged: 's', untracked: 'u', ignored: 'i', 'src/a.txt': 'unstaged\n' })
  agent(one.path, 'add', 'staged')
  rmSync(join(one.path, 'README.md'))
  return one
}

function stateOf(one: Workspace): string[] {
  return [
    agent(one.path, 'status', '--porcelain', '--branch'),
    agent(one.path, 'stash', 'list', '--format=%H'),
    agent(one.path, 'for-each-ref', 'refs/heads', 'refs/tags'),
    agent(one.path, 'rev-parse', 'HEAD'),
    readFileSync(join(one.path, 'untracked'), 'utf8'),
    readFileSync(join(one.path, 'src/a.txt'), 'utf8'),
    agent(one.path, 'diff', 'HEAD'),
  ]
}

describe('the trash', () => {
  for (const kind of ['sealed', 'linked'] as const) {
    test(`gives everything back as it was (${kind})`, async () => {
      const at = await place()
      const one = await busy(at, kind)
      await workspaces.publish(one)
      const before = stateOf(one)
      const repository = sh(at.repo.root, 'for-each-ref', 'refs/heads')
      const steps: RemovalStep[] = []
      const trashed = await workspaces.trash(
        one,
        trashOptions(at, async (step) => void steps.push(step)),
      )
      expect(steps).toEqual(['snapshot', 'save-refs', 'unregister', 'rename'])
      expect(existsSync(one.path)).toBe(false)
      expect(trashed.until).toBe(1_700_000_000_000 + 14 * 24 * 3600 * 1000)
      expect(dirname(trashed.directory ?? '')).toBe(join(at.top, 'repo.worktrees', '.trash'))
      expect(sh(at.repo.root, 'worktree', 'list').split('\n')).toHaveLength(1)
      expect(sh(at.repo.root, 'branch', '--list', one.branch)).toBe('')
      expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain/sessions', 'refs/worktrain/base')).toBe('')
      sh(at.repo.root, 'gc', '-q', '--prune=now')
      const back = await workspaces.restore(one, trashed)
      expect(back).toEqual(one)
      expect(stateOf(back)).toEqual(before)
      expect(sh(at.repo.root, 'for-each-ref', 'refs/heads')).toBe(repository)
      expect(sh(at.repo.root, 'worktree', 'list')).toContain(`[${one.branch}] locked`)
      expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain/trash')).toBe('')
      expect(agent(back.path, 'fsck', '--no-dangling')).toBe('')
    })

    test(`gives the work back from the refs alone (${kind})`, async () => {
      const at = await place()
      const one = await busy(at, kind)
      const [, stash, refs, head, untracked, edited] = stateOf(one)
      const trashed = await workspaces.trash(one, trashOptions(at))
      rmSync(trashed.directory ?? '', { recursive: true })
      sh(at.repo.root, 'gc', '-q', '--prune=now')
      const back = await workspaces.restore(one, trashed)
      expect(stateOf(back).slice(1, 6)).toEqual([stash, refs, head, untracked, edited])
      expect(agent(back.path, 'status', '--porcelain').split('\n')).toEqual([
        ' D README.md',
        ' M src/a.txt',
        '?? staged',
        '?? untracked',
      ])
      sh(at.repo.root, 'gc', '-q', '--prune=now')
      expect(agent(back.path, 'fsck', '--no-dangling')).toBe('')
      commit(back.path, { more: '1' })
      expect((await workspaces.publish(back)).diverged).toBeNull()
      await workspaces.trash(back, trashOptions(at))
    })
  }

  test('keeps a branch that was there before, and one that somebody else moved', async () => {
    const at = await place()
    sh(at.repo.root, 'branch', 'mine')
    const one = await make(at, 'one', 'sealed', { branch: 'mine', existingBranch: true })
    await workspaces.trash(one, trashOptions(at))
    expect(sh(at.repo.root, 'branch', '--list', 'mine')).toContain('mine')
    const two = await make(at, 'two')
    const theirs = sh(at.repo.root, 'commit-tree', '-p', 'main', '-m', 'theirs', 'main^{tree}')
    sh(at.repo.root, 'update-ref', 'refs/heads/worktrain/two', theirs)
    const trashed = await workspaces.trash(two, trashOptions(at))
    expect(sh(at.repo.root, 'rev-parse', 'worktrain/two')).toBe(theirs)
    await workspaces.restore(two, trashed)
    expect(sh(at.repo.root, 'rev-parse', 'worktrain/two')).toBe(theirs)
  })

  test('does not bring a workspace back over something else', async () => {
    const at = await place()
    const one = await make(at, 'one')
    commit(one.path, { x: '1' })
    await workspaces.publish(one)
    const trashed = await workspaces.trash(one, trashOptions(at))
    mkdirSync(one.path)
    await expect(workspaces.restore(one, trashed)).rejects.toMatchObject({ code: 'DIRECTORY_EXISTS' })
    rmSync(one.path, { recursive: true })
    sh(at.repo.root, 'branch', 'worktrain/one', 'main')
    await expect(workspaces.restore(one, trashed)).rejects.toMatchObject({ code: 'BRANCH_EXISTS' })
    sh(at.repo.root, 'branch', '-D', 'worktrain/one')
    expect(await workspaces.restore(one, trashed)).toEqual(one)
  })

  test('is emptied without following a link', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const outside = temporary()
    write(outside, { precious: 'p' })
    symlinkSync(outside, join(one.path, 'link'))
    symlinkSync(join(outside, 'precious'), join(one.path, 'file link'))
    mkdirSync(join(one.path, 'locked'))
    writeFileSync(join(one.path, 'locked/x'), '1', { mode: 0o400 })
    await snap(one)
    const trashed = await workspaces.trash(one, trashOptions(at))
    await workspaces.purge(one, trashed)
    await workspaces.purge(one, trashed)
    expect(readdirSync(outside)).toEqual(['precious'])
    expect(existsSync(trashed.directory ?? '')).toBe(false)
    expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain')).toBe('')
  })

  test('is not emptied when another directory stands in its place', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const trashed = await workspaces.trash(one, trashOptions(at))
    rmSync(trashed.directory ?? '', { recursive: true })
    write(trashed.directory ?? '', { foreign: 'f' })
    await workspaces.purge(one, trashed)
    expect(existsSync(join(trashed.directory ?? '', 'foreign'))).toBe(true)
  })
})
