import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, temporary, write } from '../git/repo.ts'
import { KINDS, agent, make, place, snap, trashOptions, workspaces, type Place } from './fixture.ts'

/** A script that leaves a file named after the way it was run. */
function trap(directory: string, name: string): string {
  const path = join(directory, `${name}.sh`)
  writeFileSync(path, `#!/bin/sh\ntouch '${directory}/ran-${name}'\ncat 2>/dev/null\n`)
  chmodSync(path, 0o755)
  return path
}

function ran(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith('ran-'))
}

/** Everything in a git directory that makes git run a program (facts/isolation 1.3). */
function plant(gitDir: string, traps: string): void {
  const t = (name: string) => trap(traps, name)
  const config = [
    `[core]\n\tfsmonitor = ${t('fsmonitor')}\n\tpager = ${t('pager')}\n\tsshCommand = ${t('ssh')}\n\teditor = ${t('editor')}`,
    `\talternateRefsCommand = ${t('alternate-refs')}\n\thooksPath = ${join(traps, 'hooks')}\n\tgitProxy = ${t('proxy')}`,
    `[diff]\n\texternal = ${t('diff')}\n[diff "evil"]\n\ttextconv = ${t('textconv')}\n\tcommand = ${t('diff-command')}`,
    `[filter "evil"]\n\tclean = ${t('clean')}\n\tsmudge = ${t('smudge')}\n\trequired = true`,
    `[merge "evil"]\n\tdriver = ${t('merge')}\n[uploadpack]\n\tpackObjectsHook = ${t('pack-objects')}`,
    `[gpg]\n\tprogram = ${t('gpg')}\n[log]\n\tshowSignature = true\n[credential]\n\thelper = ${t('credential')}`,
  ]
  writeFileSync(
    join(gitDir, 'config'),
    `${readFileSync(join(gitDir, 'config'), 'utf8')}\n${config.join('\n')}\n`,
  )
  mkdirSync(join(traps, 'hooks'), { recursive: true })
  mkdirSync(join(gitDir, 'hooks'), { recursive: true })
  for (const hook of [
    'post-index-change',
    'reference-transaction',
    'pre-commit',
    'post-checkout',
    'fsmonitor-watchman',
    'pre-auto-gc',
    'post-merge',
  ]) {
    const script = t(`hook-${hook}`)
    cpSync(script, join(traps, 'hooks', hook))
    cpSync(script, join(gitDir, 'hooks', hook))
  }
  mkdirSync(join(gitDir, 'info'), { recursive: true })
  writeFileSync(join(gitDir, 'info/attributes'), '* filter=evil diff=evil merge=evil\n')
}

async function useEverything(at: Place, workspace: Workspace): Promise<void> {
  await workspaces
    .publish(workspace)
    .catch((error: unknown) => expect(error).toMatchObject({ code: 'DIRECTORY_UNUSABLE' }))
  await snap(workspace)
  await workspaces.changes(workspace, workspace.baseOid)
  await workspaces.diff(workspace, workspace.baseOid, { stat: false, paths: [] })
  await workspaces.diff(workspace, workspace.baseOid, { stat: true, paths: ['*.txt'] })
  const check = await workspaces.checkRemoval(workspace, 'main')
  const removed = workspaces.trash(workspace, trashOptions(at))
  if (check.unsafe.length > 0) {
    await expect(removed).rejects.toMatchObject({ code: 'REMOVAL_UNSAFE' })
    return
  }
  const restored = await workspaces.restore(workspace, await removed)
  await workspaces.purge(restored, await workspaces.trash(restored, trashOptions(at)))
}

describe('a session that plants programs', () => {
  for (const kind of KINDS) {
    test(`runs none of them outside its cell (${kind})`, async () => {
      const at = await place()
      const traps = temporary()
      const one = await make(at, 'one', kind)
      commit(one.path, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'src/a.txt': 'edited\n' })
      mkdirSync(join(one.path, 'nested'))
      sh(join(one.path, 'nested'), 'init', '-q')
      commit(join(one.path, 'nested'), { x: '1' })
      mkdirSync(join(one.path, 'inner'))
      sh(join(one.path, 'inner'), 'init', '-q')
      commit(join(one.path, 'inner'), { x: '1' })
      agent(one.path, 'add', 'inner')
      agent(one.path, 'commit', '-q', '-m', 'a repository as a link')
      write(one.path, { 'inner/x': '2', 'new.txt': 'n', 'README.md': 'again\n' })
      plant(join(one.path, 'nested', '.git'), traps)
      plant(join(one.path, 'inner', '.git'), traps)
      if (kind === 'sealed') plant(one.gitDir, traps)

      // The traps are live: git in the workspace itself runs into them.
      agent(kind === 'sealed' ? one.path : join(one.path, 'inner'), 'status')
      expect(ran(traps)).toContain('ran-fsmonitor')
      if (kind === 'sealed') {
        agent(one.path, 'log', '-p', '-1', '--ext-diff')
        agent(one.path, 'diff', '--textconv')
        expect(ran(traps)).toEqual(expect.arrayContaining(['ran-diff-command', 'ran-clean']))
      }
      for (const name of ran(traps)) rmSync(join(traps, name))

      await useEverything(at, one)
      expect(ran(traps)).toEqual([])
    })
  }

  test('gains nothing by pointing git elsewhere (linked)', async () => {
    const at = await place()
    const traps = temporary()
    for (const way of ['pointer', 'commondir', 'both'] as const) {
      const one = await make(at, way, 'linked')
      const evil = temporary()
      sh(evil, 'init', '-q')
      commit(evil, { x: '1' })
      plant(join(evil, '.git'), traps)
      if (way !== 'commondir') writeFileSync(join(one.path, '.git'), `gitdir: ${join(evil, '.git')}\n`)
      if (way !== 'pointer') writeFileSync(join(one.gitDir, 'commondir'), `${join(evil, '.git')}\n`)
      sh(one.path, 'status')
      expect(ran(traps)).not.toEqual([])
      for (const name of ran(traps)) rmSync(join(traps, name))
      write(one.path, { 'new.txt': 'n' })
      await useEverything(at, one)
      expect(ran(traps)).toEqual([])
    }
  })

  test('gains nothing by replacing its git directory (sealed): files stay safe, commits are refused', async () => {
    const at = await place()
    const secret = temporary()
    sh(secret, 'init', '-q', '-b', 'worktrain/one')
    const stolen = commit(secret, { secret: '1' })
    const ways: ((one: Workspace) => void)[] = [
      (one) => {
        renameSync(one.gitDir, `${one.gitDir}-old`)
        writeFileSync(one.gitDir, `gitdir: ${join(secret, '.git')}\n`)
      },
      (one) => writeFileSync(join(one.gitDir, 'commondir'), `${join(secret, '.git')}\n`),
      (one) =>
        writeFileSync(join(one.gitDir, 'objects/info/alternates'), `${join(secret, '.git/objects')}\n`),
      (one) => {
        renameSync(one.gitDir, `${one.gitDir}-old`)
        symlinkSync(join(secret, '.git'), one.gitDir)
      },
    ]
    for (const [n, way] of ways.entries()) {
      const one = await make(at, `w${n}`)
      write(one.path, { 'new.txt': 'n' })
      way(one)
      await expect(workspaces.publish(one)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' })
      const taken = await snap(one)
      expect(sh(at.repo.root, 'show', `${taken.oid}:new.txt`)).toBe('n')
      expect(() => sh(at.repo.root, 'cat-file', '-e', stolen)).toThrow()
      const check = await workspaces.checkRemoval(one, 'main')
      expect(check.unsafe.length + check.unsaved.length).toBeGreaterThan(0)
    }
  })

  test('cannot pass broken objects on', async () => {
    const at = await place()
    const one = await make(at, 'one')
    const blob = agent(one.path, 'hash-object', '-w', 'README.md')
    writeFileSync(join(one.path, 'tree'), `100644 .git\0`)
    const raw = Buffer.concat([Buffer.from('100644 .GIT\0'), Buffer.from(blob, 'hex')])
    writeFileSync(join(one.path, 'tree'), raw)
    const tree = agent(one.path, 'hash-object', '-t', 'tree', '-w', '--literally', 'tree')
    const bad = agent(one.path, 'commit-tree', tree, '-p', 'HEAD', '-m', 'bad')
    agent(one.path, 'reset', '-q', '--soft', bad)
    await expect(workspaces.publish(one)).rejects.toMatchObject({ code: 'GIT_FAILED' })
    expect(sh(at.repo.root, 'rev-parse', 'worktrain/one')).toBe(one.baseOid)
    expect(existsSync(join(at.repo.root, '.GIT'))).toBe(false)
  })
})
