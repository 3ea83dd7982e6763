/**
 * The eleven checks before a removal (facts/isolation section 5), for both kinds of workspace: each makes
 * exactly the situation, sees the refusal, and sees that nothing else was touched.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RemovalStep } from '../../src/protocol/index.ts'
import type { Workspace } from '../../src/workspaces/workspace.ts'
import { commit, sh, temporary, write } from '../git/repo.ts'
import {
  KINDS,
  agent,
  fingerprint,
  listing,
  make,
  place,
  trashOptions,
  workspaces,
  type Place,
} from './fixture.ts'

const linux = process.platform === 'linux'

/** A repository with work of the person's, one workspace to be removed, and a sibling. */
async function situation(kind: 'sealed' | 'linked') {
  const at = await place()
  write(at.repo.root, {
    '.git/info/exclude': 'node_modules/\n*.env\nkeys/\n',
    'node_modules/sentinel': 'alive',
  })
  write(at.repo.root, { 'README.md': 'the person is editing\n' })
  const sibling = await make(at, 'sibling', kind)
  write(sibling.path, { mine: 'sibling' })
  const one = await make(at, 'one', kind)
  return { at, one, sibling, before: everythingElse(at, sibling) }
}

/** All that no removal may change. */
function everythingElse(at: Place, sibling: Workspace): string[] {
  const root = at.repo.root
  return [
    fingerprint(join(root, 'node_modules/sentinel')),
    fingerprint(join(root, 'README.md')),
    readFileSync(join(root, '.git/HEAD'), 'utf8'),
    sh(root, 'rev-parse', 'HEAD'),
    sh(root, 'stash', 'list'),
    readFileSync(join(root, '.git/config'), 'utf8'),
    sh(root, 'status', '--porcelain'),
    fingerprint(join(sibling.path, 'mine')),
    agent(sibling.path, 'status', '--porcelain'),
  ]
}

/** Refused by the check and by the removal itself, and as if nobody had tried. */
async function refused(
  { at, one, sibling, before }: Awaited<ReturnType<typeof situation>>,
  why: RegExp,
  workspace: Workspace = one,
) {
  const refs = sh(at.repo.root, 'for-each-ref')
  const entries = listing(join(at.repo.commonDir, 'worktrees'))
  const { unsafe } = await workspaces.checkRemoval(workspace, 'main')
  expect(unsafe.join('\n')).toMatch(why)
  await expect(workspaces.trash(workspace, trashOptions(at))).rejects.toMatchObject({
    code: 'REMOVAL_UNSAFE',
    message: expect.stringMatching(why),
  })
  expect(sh(at.repo.root, 'for-each-ref')).toBe(refs)
  expect(listing(join(at.repo.commonDir, 'worktrees'))).toEqual(entries)
  expect(everythingElse(at, sibling)).toEqual(before)
  expect(existsSync(join(one.stateDir, 'trash.json'))).toBe(false)
}

async function trashedWell({ at, one, sibling, before }: Awaited<ReturnType<typeof situation>>) {
  const trashed = await workspaces.trash(one, trashOptions(at))
  expect(existsSync(one.path)).toBe(false)
  expect(everythingElse(at, sibling)).toEqual(before)
  return trashed
}

/** A process that holds something of the directory, until the test ends. */
async function occupied(
  command: string[],
  options: { cwd?: string; env?: Record<string, string> },
): Promise<void> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], ...options })
  await once(child, 'spawn')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
}

describe.each(KINDS)('before a removal (%s)', (kind) => {
  test('1. it is ours: another directory, a link on the way, another token are not', async () => {
    const all = await situation(kind)
    const { one, at } = all
    const token = join(one.gitDir, 'worktrain-token')
    writeFileSync(token, 'other')
    await refused(all, /does not hold this session's token/)
    rmSync(token)
    await refused(all, /does not hold this session's token/)
    execFileSync('mkfifo', [token])
    await refused(all, /does not hold this session's token/)
    rmSync(token)
    writeFileSync(token, one.token)
    const aside = join(at.top, 'aside')
    renameSync(join(at.top, 'repo.worktrees'), aside)
    symlinkSync(aside, join(at.top, 'repo.worktrees'))
    await refused(all, /is reached through a link/)
    rmSync(join(at.top, 'repo.worktrees'))
    renameSync(aside, join(at.top, 'repo.worktrees'))
    renameSync(one.path, `${one.path}-moved`)
    mkdirSync(one.path)
    await refused(all, /is not the directory that was made/)
    rmSync(one.path, { recursive: true })
    renameSync(`${one.path}-moved`, one.path)
    await refused(all, /is too near the root|is not the directory/, { ...one, path: '/tmp' })
    await trashedWell(all)
  })

  test('2. it holds neither the main checkout, a git directory, the home nor anything of ours', async () => {
    const all = await situation(kind)
    const { one, at } = all
    const moved = (what: Partial<Workspace['repository']>) => ({
      ...one,
      repository: { ...at.repo, ...what },
    })
    const holds = async (workspace: Workspace, why: RegExp) =>
      expect((await workspaces.checkRemoval(workspace, 'main')).unsafe.join('\n')).toMatch(why)
    if (kind === 'sealed') await holds(moved({ root: join(one.path, 'src') }), /holds the main checkout/)
    await holds({ ...one, stateDir: join(one.path, 'state') }, /holds the session's records/)
    const { unsafe } = await workspaces.checkRemoval(one, 'main', [
      { path: join(one.path, 'deep/state'), what: 'the journal' },
    ])
    expect(unsafe.join()).toContain('holds the journal')
    // Another checkout of the same repository, made inside by the person.
    sh(at.repo.root, 'worktree', 'add', '-q', '--detach', join(one.path, 'inner'))
    await refused(all, /holds another checkout of the repository, .*inner/)
    sh(at.repo.root, 'worktree', 'remove', '--force', join(one.path, 'inner'))
    await trashedWell(all)
  })

  test('3. its entry and it name each other', async () => {
    const all = await situation(kind)
    const { one, at, sibling } = all
    if (kind === 'linked') {
      const pointer = readFileSync(join(one.path, '.git'))
      writeFileSync(join(one.path, '.git'), `gitdir: ${sibling.gitDir}\n`)
      await refused(all, /do not name each other/)
      writeFileSync(join(one.path, '.git'), `gitdir: ${at.repo.commonDir}\n`)
      await refused(all, /do not name each other/)
      writeFileSync(join(one.path, '.git'), pointer)
      const back = readFileSync(join(one.gitDir, 'gitdir'))
      writeFileSync(join(one.gitDir, 'gitdir'), `${sibling.path}/.git\n`)
      await refused(all, /do not name each other/)
      writeFileSync(join(one.gitDir, 'gitdir'), back)
    } else {
      renameSync(one.gitDir, `${one.gitDir}-aside`)
      writeFileSync(one.gitDir, `gitdir: ${at.repo.commonDir}\n`)
      await refused(all, /is not the git directory that was made/)
      rmSync(one.gitDir)
      symlinkSync(at.repo.commonDir, one.gitDir)
      await refused(all, /is not the git directory that was made/)
      rmSync(one.gitDir)
      renameSync(`${one.gitDir}-aside`, one.gitDir)
    }
    await trashedWell(all)
  })

  test.skipIf(!linux)(
    '4. nobody is in it: directory, program, open file, mark of the session (needs /proc)',
    async () => {
      for (const who of ['cwd', 'program', 'file', 'mark']) {
        const all = await situation(kind)
        const { one } = all
        if (who === 'cwd') await occupied(['cat'], { cwd: join(one.path, 'src') })
        if (who === 'program') {
          copyFileSync('/bin/cat', join(one.path, 'tool'))
          chmodSync(join(one.path, 'tool'), 0o755)
          await occupied([join(one.path, 'tool')], { cwd: '/' })
        }
        if (who === 'file')
          await occupied(['sh', '-c', `exec 9<'${join(one.path, 'README.md')}'; read x`], { cwd: '/' })
        if (who === 'mark') await occupied(['cat'], { cwd: '/', env: { WORKTRAIN_SESSION: one.session } })
        await refused(all, /\(process \d+\) is still running in it/)
      }
    },
  )

  test.skipIf(!linux || process.getuid?.() !== 0)(
    '5. nothing is mounted below (needs root)',
    async ({ skip }) => {
      const all = await situation(kind)
      const point = join(all.one.path, 'src')
      // A bind mount has the device of what it shows.
      for (const args of [
        ['-t', 'tmpfs', 'tmpfs'],
        ['--bind', join(all.at.repo.root, 'node_modules')],
      ]) {
        try {
          execFileSync('mount', [...args, point], { stdio: 'ignore' })
        } catch {
          skip('mount is not permitted here')
        }
        try {
          await refused(all, /Something is mounted at .*src/)
        } finally {
          execFileSync('umount', [point])
        }
      }
      await trashedWell(all)
    },
  )

  test('6. git is not at work: locks refuse, an unfinished merge or rebase is work', async () => {
    const all = await situation(kind)
    const { one, at } = all
    for (const name of ['index.lock', 'HEAD.lock']) {
      writeFileSync(join(one.gitDir, name), '')
      await refused(all, /git is at work, or died there/)
      rmSync(join(one.gitDir, name))
    }
    commit(at.repo.root, { 'src/a.txt': 'main\n', 'README.md': 'main too\n' })
    commit(one.path, { 'src/a.txt': 'session\n' })
    write(one.path, { 'README.md': 'put aside\n' })
    expect(() =>
      agent(one.path, 'rebase', '-q', '--autostash', sh(at.repo.root, 'rev-parse', 'main')),
    ).toThrow()
    const { unsafe, unsaved } = await workspaces.checkRemoval(one, 'main')
    expect(unsafe).toEqual([])
    expect(unsaved.map((each) => each.what)).toEqual(
      expect.arrayContaining(['unfinished operation', 'stash', 'branch']),
    )
    const aside = unsaved.find((each) => each.what === 'stash')
    execFileSync('sh', ['-c', aside?.save ?? ''])
    expect(sh(at.repo.root, 'show', 'saved/one-stash-autostash:README.md')).toBe('put aside')
    // Discarded knowingly, all of it is in the trash.
    const trashed = await workspaces.trash(one, trashOptions(at))
    expect(trashed.refs.map((ref) => ref.slice(ref.indexOf(one.session) + one.session.length + 1))).toContain(
      'stash/autostash',
    )
  })

  test('7. what git shows is clean and readable; a git that fails is not clean', async () => {
    const all = await situation(kind)
    const { one, at } = all
    write(one.path, { untracked: 'u', 'local.env': 'KEY=1', 'node_modules/x/index.js': 'made again' })
    expect((await workspaces.checkRemoval(one, 'main')).unsaved.map((each) => each.detail)).toEqual([
      'untracked',
      'local.env',
    ])
    rmSync(join(one.path, 'untracked'))
    rmSync(join(one.path, 'local.env'))
    expect(await workspaces.checkRemoval(one, 'main')).toEqual({ unsafe: [], unsaved: [] })
    const objects = join(at.repo.commonDir, 'objects')
    renameSync(objects, `${objects}-gone`)
    const { unsafe } = await workspaces.checkRemoval(one, 'main')
    renameSync(`${objects}-gone`, objects)
    expect(unsafe.join()).toMatch(/cannot be told what would be lost|git .* failed/)
    await trashedWell(all)
  })

  test('8. every ref, stash and reflog entry is somewhere else too, not only HEAD', async () => {
    const all = await situation(kind)
    const { one, at } = all
    const loose = commit(one.path, { loose: '1' })
    agent(one.path, 'update-ref', 'refs/worktree/mine', loose)
    agent(one.path, 'reset', '-q', '--hard', 'HEAD~')
    const { unsaved } = await workspaces.checkRemoval(one, 'main')
    expect(unsaved.map((each) => each.what)).toEqual(['refs/worktree/mine'])
    for (const each of unsaved) execFileSync('sh', ['-c', each.save])
    expect(await workspaces.checkRemoval(one, 'main')).toEqual({ unsafe: [], unsaved: [] })
    sh(at.repo.root, 'branch', '-D', '-q', 'saved/one-refs-worktree-mine')
    agent(one.path, 'update-ref', '-d', 'refs/worktree/mine')
    // Only the log of HEAD names it now: kept by a ref of ours through the trash and git's clean-up.
    await trashedWell(all)
    sh(at.repo.root, 'gc', '-q', '--prune=now')
    expect(sh(at.repo.root, 'cat-file', '-t', loose)).toBe('commit')
  })

  test('9. all of it again right before the step that takes it away', async () => {
    const all = await situation(kind)
    const { one, at, sibling, before } = all
    const refs = sh(at.repo.root, 'for-each-ref')
    const meddle: [RemovalStep, () => void, RegExp, () => void][] = [
      [
        'save-refs',
        () => write(one.path, { late: 'l' }),
        /written to \(late\)/,
        () => rmSync(join(one.path, 'late')),
      ],
      [
        'unregister',
        () => write(one.path, { late: 'l' }),
        /written to \(late\)/,
        () => rmSync(join(one.path, 'late')),
      ],
      [
        'rename',
        () => {
          renameSync(one.path, `${one.path}-aside`)
          mkdirSync(one.path)
          write(one.path, { precious: 'of somebody else' })
        },
        /is not the directory that was made/,
        () => {
          expect(readFileSync(join(one.path, 'precious'), 'utf8')).toBe('of somebody else')
          rmSync(one.path, { recursive: true })
          renameSync(`${one.path}-aside`, one.path)
        },
      ],
    ]
    for (const [when, act, why, undo] of meddle) {
      const onStep = async (step: RemovalStep) => {
        if (step === when) act()
      }
      await expect(workspaces.trash(one, trashOptions(at, onStep))).rejects.toMatchObject({
        code: 'REMOVAL_UNSAFE',
        message: expect.stringMatching(why),
      })
      undo()
      if (when === 'rename') break
      expect(sh(at.repo.root, 'for-each-ref')).toBe(refs)
      expect(existsSync(join(one.stateDir, 'trash.json'))).toBe(false)
      expect(agent(one.path, 'status', '--porcelain')).toBe('')
    }
    // The directory had gone when it was refused: the removal is taken up again, and ends well.
    const trashed = await workspaces.trash(one, trashOptions(at))
    expect(existsSync(trashed.directory ?? '')).toBe(true)
    expect(everythingElse(at, sibling)).toEqual(before)
  })

  test('9. a commit made in between is a reason to stop as well', async () => {
    const { at, one } = await situation(kind)
    const onStep = async (step: RemovalStep) => {
      if (step === 'unregister') agent(one.path, 'commit', '-q', '--allow-empty', '-m', 'late')
    }
    await expect(workspaces.trash(one, trashOptions(at, onStep))).rejects.toThrow(/committed to while/)
    expect(agent(one.path, 'log', '-1', '--format=%s')).toBe('late')
  })

  test.skipIf(!linux)('9. who comes at the very last moment loses nothing, and is named', async () => {
    const all = await situation(kind)
    const { at, one } = all
    const onStep = async (step: RemovalStep) => {
      if (step !== 'rename') return
      write(one.path, { 'src/late': 'written before the rename' })
    }
    const trashed = await workspaces.trash(one, trashOptions(at, onStep))
    expect(trashed.late).toEqual([expect.stringContaining('src/late changed while it was being removed')])
    const ref = `refs/worktrain/trash/${one.session}/late`
    expect(trashed.refs).toContain(ref)
    expect(sh(at.repo.root, 'show', `${ref}:src/late`)).toBe('written before the rename')
    expect(readFileSync(join(trashed.directory ?? '', 'src/late'), 'utf8')).toBe('written before the rename')
    const back = await workspaces.restore(one, trashed)
    expect(readFileSync(join(back.path, 'src/late'), 'utf8')).toBe('written before the rename')
    expect(sh(at.repo.root, 'for-each-ref', 'refs/worktrain/trash')).toBe('')
  })

  test('10. whoever has to be asked and does not answer: it stays', async () => {
    const { at, one } = await situation(kind)
    commit(one.path, { x: '1' })
    // Is it merged? A target that cannot be looked up says neither yes nor no.
    const { unsafe } = await workspaces.checkRemoval(one, 'no-such-target')
    expect(unsafe.join()).toMatch(/cannot be told what would be lost/)
    expect(lstatSync(one.path).ino).toBe(one.ino)
    expect(at.repo.root).not.toBe('')
  })

  test('11. afterwards the directory is gone, and only it', async () => {
    const all = await situation(kind)
    const outside = temporary()
    write(outside, { precious: 'p' })
    symlinkSync(join(all.at.repo.root, 'node_modules'), join(all.one.path, 'node_modules'))
    symlinkSync(outside, join(all.one.path, 'link'))
    const trashed = await trashedWell(all)
    await workspaces.purge(all.one, trashed)
    expect(existsSync(trashed.directory ?? '')).toBe(false)
    expect(everythingElse(all.at, all.sibling)).toEqual(all.before)
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('p')
    expect(sh(all.at.repo.root, 'worktree', 'list')).not.toContain(all.one.path)
    expect(sh(all.at.repo.root, 'fsck', '--no-dangling')).toBe('')
  })
})
