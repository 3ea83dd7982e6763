/** What has destroyed work elsewhere (facts/isolation section 5, facts/claude-code 5.6), tried here. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseLsof, parseMounts } from '../../src/workspaces/live.ts'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, write } from '../git/repo.ts'
import { KINDS, agent, make, place, trashOptions, workspaces } from './fixture.ts'

const BOTH = ['sealed', 'linked'] as const

describe('a removal', () => {
  test('of whatever `git worktree list` names removes only what was made for a session (tomcounsell/ai#880)', async () => {
    const at = await place()
    const theirs = join(at.top, 'theirs')
    sh(at.repo.root, 'worktree', 'add', '-q', '-b', 'theirs', theirs)
    write(theirs, { work: 'w' })
    write(at.repo.root, { 'README.md': 'edited' })
    sh(at.repo.root, 'stash', '-q')
    for (const kind of BOTH) {
      const one = await make(at, kind, kind)
      const paths = sh(at.repo.root, 'worktree', 'list', '--porcelain')
        .split('\n')
        .flatMap((line) => (line.startsWith('worktree ') ? [line.slice(9)] : []))
        .filter((path) => path !== one.path)
      expect(paths).toEqual(expect.arrayContaining([at.repo.root, theirs]))
      for (const path of paths) {
        const wrong: Workspace = { ...one, path }
        expect((await workspaces.checkRemoval(wrong, 'main')).unsafe).not.toEqual([])
        await expect(workspaces.trash(wrong, trashOptions(at))).rejects.toMatchObject({
          code: 'REMOVAL_UNSAFE',
        })
      }
    }
    expect(readFileSync(join(theirs, 'work'), 'utf8')).toBe('w')
    expect(sh(at.repo.root, 'stash', 'list')).toContain('stash@{0}')
  })

  test('of many at once, beside `git worktree prune`, leaves main and its .git whole (claude-code#48927)', async () => {
    const at = await place()
    write(at.repo.root, { '.git/info/exclude': 'node_modules/\n', 'node_modules/sentinel': 'alive' })
    const all: Workspace[] = []
    for (let n = 0; n < 8; n += 1) {
      const one = await make(at, `w${n}`, BOTH[n % 2])
      commit(one.path, { [`f${n}`]: 'work' })
      all.push(one)
    }
    const stays = all.pop()
    const prune = async () => {
      for (let n = 0; n < 5; n += 1) {
        sh(at.repo.root, 'worktree', 'prune')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const [trashed] = await Promise.all([
      Promise.all(all.map((one) => workspaces.trash(one, trashOptions(at)))),
      prune(),
    ])
    expect(all.some((one) => existsSync(one.path))).toBe(false)
    expect(sh(at.repo.root, 'fsck', '--no-dangling')).toBe('')
    expect(sh(at.repo.root, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(at.repo.root, 'node_modules/sentinel'), 'utf8')).toBe('alive')
    expect(agent(stays?.path ?? '', 'log', '-1', '--format=%s')).toBe('change')
    const back = await Promise.all(
      all.map((one, n) => workspaces.restore(one, trashed[n] ?? { directory: null, refs: [], until: 0 })),
    )
    for (const [n, one] of back.entries()) expect(agent(one.path, 'show', `HEAD:f${n}`)).toBe('work')
  })

  test.each(KINDS)(
    'of a worktree that git moved away, with another in its place (worktrunk#3808; %s)',
    async (kind) => {
      const at = await place()
      const one = await make(at, 'one', kind)
      const other = await make(at, 'other', kind)
      write(other.path, { live: 'work of the other' })
      renameSync(one.path, `${one.path}-away`)
      renameSync(other.path, one.path)
      for (const wrong of [one, { ...other, path: one.path }]) {
        const { unsafe } = await workspaces.checkRemoval(wrong, 'main')
        if (wrong === one) expect(unsafe.join()).toMatch(/is not the directory that was made/)
        await expect(workspaces.trash(one, trashOptions(at))).rejects.toMatchObject({
          code: 'REMOVAL_UNSAFE',
        })
      }
      expect(readFileSync(join(one.path, 'live'), 'utf8')).toBe('work of the other')
    },
  )

  test.each(KINDS)(
    'of a workspace that was emptied, with git falling through to the parent (claude-code#74089; %s)',
    async (kind) => {
      const at = await place()
      // Inside the main checkout, as a person may configure it.
      const one = await make(at, 'one', kind, { path: join(at.repo.root, 'spaces', 'one') })
      rmSync(one.path, { recursive: true })
      mkdirSync(one.path)
      const { unsafe } = await workspaces.checkRemoval(one, 'main')
      expect(unsafe.join()).toMatch(/is not the directory|not name each other|is not the git directory/)
      expect(sh(at.repo.root, 'rev-parse', 'HEAD')).toBe(one.baseOid)
    },
  )

  test('never goes through a link to what is shared (pi-lens#3173, re-frame2#7314)', async () => {
    const at = await place()
    write(at.repo.root, { '.git/info/exclude': 'node_modules\n', 'node_modules/pkg/index.js': 'shared' })
    for (const kind of BOTH) {
      const one = await make(at, kind, kind)
      symlinkSync(join(at.repo.root, 'node_modules'), join(one.path, 'node_modules'))
      expect(await workspaces.checkRemoval(one, 'main')).toEqual({ unsafe: [], unsaved: [] })
      await workspaces.purge(one, await workspaces.trash(one, trashOptions(at)))
    }
    expect(readFileSync(join(at.repo.root, 'node_modules/pkg/index.js'), 'utf8')).toBe('shared')
  })

  test('into a trash that is a link leads nowhere', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const elsewhere = join(at.top, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, join(at.top, 'repo.worktrees', '.trash'))
    await expect(workspaces.trash(one, trashOptions(at))).rejects.toThrow(/is not a directory/)
    expect(existsSync(join(one.path, 'README.md'))).toBe(true)
    expect(execFileSync('ls', [elsewhere], { encoding: 'utf8' })).toBe('')
  })
})

describe('who is in a directory, where there is no /proc', () => {
  test('is what lsof says', () => {
    const text = [
      'p12',
      'czsh',
      'fcwd',
      'n/w/one/src',
      'ftxt',
      'n/bin/zsh',
      'p13',
      'cnode',
      'f3',
      'n/w/one2/x',
      '',
    ].join('\n')
    expect(parseLsof(text, '/w/one')).toEqual([{ pid: 12, what: 'zsh' }])
  })

  test('and mounts are what mount says', () => {
    const text =
      '/dev/disk3s1s1 on / (apfs, sealed, local)\n/dev/disk5 on /Volumes/w/a (1) (apfs, local)\nmap auto_home on /home (autofs)\n'
    expect(parseMounts(text)).toEqual(['/', '/Volumes/w/a (1)', '/home'])
  })
})
