/** The person's checkout while a change lands (facts/merge-and-partition 2: 13 states). */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exactRef, updateRef } from '../../src/git/index.ts'
import { localLanding, type Move, moveTarget } from '../../src/train/landing.ts'
import type { TrainOptions } from '../../src/train/train.ts'
import {
  branch,
  commit,
  enqueue,
  openStation,
  PERSON,
  plainCheck,
  repositoryWith,
  settle,
  sh,
  shown,
  type Station,
  write,
} from './station.ts'

let home: string
const open: Station[] = []
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-landing-')))
})
afterEach(async () => {
  for (const station of open.splice(0)) await station.journal.close()
  rmSync(home, { recursive: true, force: true })
})

const FILES = {
  'README.md': 'hello\n',
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'gone.txt': 'gone\n',
  '.gitignore': '*.log\n',
}

/** One change that edits a.txt, adds new.txt and (though ignored) x.log, and deletes gone.txt. */
async function station(more: Partial<TrainOptions> = {}): Promise<Station & { head: string }> {
  const repo = await repositoryWith(join(home, 'repo'), FILES)
  const made = await openStation(repo, home, more)
  open.push(made)
  const head = branch(repo, 'one', {
    'a.txt': 'A\n',
    'new.txt': 'new\n',
    'x.log': 'theirs\n',
    'gone.txt': null,
  })
  return { ...made, head }
}

interface State {
  what: string
  make: (root: string) => void
  /** Absent: it lands at once. */
  blocked?: { reason: 'checkout' | 'index-lock' | 'mid-operation'; paths: (root: string) => string[] }
  /** What the person does about it. */
  settle?: (root: string) => void
  /** Files and `git status` when it has landed. */
  after?: { files?: Record<string, string>; status?: string }
}

const STATES: State[] = [
  { what: 'clean', make: () => {} },
  { what: 'touched', make: (root) => utimesSync(join(root, 'a.txt'), 1, 1) },
  {
    what: 'dirty elsewhere',
    make: (root) => write(root, { 'b.txt': 'mine\n' }),
    after: { files: { 'b.txt': 'mine\n' }, status: ' M b.txt' },
  },
  {
    what: 'staged elsewhere',
    make: (root) => {
      write(root, { 'b.txt': 'mine\n' })
      sh(root, 'add', 'b.txt')
    },
    after: { files: { 'b.txt': 'mine\n' }, status: 'M  b.txt' },
  },
  {
    what: 'dirty where the change is',
    make: (root) => write(root, { 'a.txt': 'mine\n' }),
    blocked: { reason: 'checkout', paths: () => ['a.txt'] },
    settle: (root) => sh(root, 'stash', '-q'),
  },
  {
    what: 'dirty with the very text of the change',
    make: (root) => write(root, { 'a.txt': 'A\n' }),
    blocked: { reason: 'checkout', paths: () => ['a.txt'] },
    settle: (root) => sh(root, 'checkout', '-q', '--', 'a.txt'),
  },
  {
    what: 'staged where the change is',
    make: (root) => {
      write(root, { 'a.txt': 'mine\n' })
      sh(root, 'add', 'a.txt')
    },
    blocked: { reason: 'checkout', paths: () => ['a.txt'] },
    settle: (root) => sh(root, 'stash', '-q'),
  },
  {
    what: 'untracked file in the way',
    make: (root) => write(root, { 'new.txt': 'mine\n' }),
    blocked: { reason: 'checkout', paths: () => ['new.txt'] },
    settle: (root) => rmSync(join(root, 'new.txt')),
  },
  {
    what: 'ignored file in the way',
    make: (root) => write(root, { 'x.log': 'mine\n' }),
    blocked: { reason: 'checkout', paths: () => ['x.log'] },
    settle: (root) => rmSync(join(root, 'x.log')),
  },
  {
    what: 'dirty file that the change deletes',
    make: (root) => write(root, { 'gone.txt': 'mine\n' }),
    blocked: { reason: 'checkout', paths: () => ['gone.txt'] },
    settle: (root) => sh(root, 'checkout', '-q', '--', 'gone.txt'),
  },
  {
    what: 'index.lock held by somebody',
    make: (root) => write(root, { '.git/index.lock': '' }),
    blocked: { reason: 'index-lock', paths: (root) => [join(root, '.git/index.lock')] },
    settle: (root) => rmSync(join(root, '.git/index.lock')),
  },
  {
    what: 'in the middle of a merge',
    make: (root) => {
      sh(root, 'branch', 'side', 'main')
      sh(root, 'checkout', '-q', 'side')
      commit(root, { 'side.txt': 'x\n' })
      sh(root, 'checkout', '-q', 'main')
      sh(root, 'merge', '-q', '--no-ff', '--no-commit', 'side')
    },
    blocked: { reason: 'mid-operation', paths: (root) => [root] },
    settle: (root) => sh(root, 'merge', '--abort'),
  },
  {
    what: 'in the middle of a rebase of main',
    make: (root) => {
      sh(root, 'branch', 'onto', 'main')
      sh(root, '-c', 'sequence.editor=sed -i 1ibreak', 'rebase', '-q', '-i', '--root')
    },
    blocked: { reason: 'mid-operation', paths: (root) => [root] },
    settle: (root) => sh(root, 'rebase', '--abort'),
  },
  {
    what: 'on another branch, dirty',
    make: (root) => {
      sh(root, 'checkout', '-q', '-b', 'other')
      write(root, { 'a.txt': 'mine\n' })
    },
    after: { files: { 'a.txt': 'mine\n' }, status: ' M a.txt' },
  },
  {
    what: 'detached',
    make: (root) => sh(root, 'checkout', '-q', '--detach'),
    after: { status: '' },
  },
]

describe.each(STATES)('main checked out, $what', ({ make, blocked, settle: act, after, what }) => {
  it(
    blocked ? 'waits, touches nothing, and lands by itself later' : 'lands at once and keeps what is there',
    async () => {
      const s = await station()
      const { root } = s.repo
      const old = sh(root, 'rev-parse', 'main')
      make(root)
      const stateOf = () => [
        sh(root, 'status', '--porcelain', '--ignored'),
        FILES_NOW(root),
        sh(root, 'rev-parse', 'main'),
      ]
      const before = stateOf()
      await enqueue(s, 'one', s.head)
      await settle(s)
      if (blocked) {
        const change = await shown(s, 'one')
        expect(change.state).toBe('blocked')
        expect(stateOf()).toEqual(before)
        const event = (await s.journal.read({ aggregate: 'change' })).findLast(
          (e) => e.type === 'landing.blocked',
        )
        expect(event?.data).toMatchObject({ reason: blocked.reason, paths: blocked.paths(root) })
        expect((await s.train.view()).stuck).toBe(event?.type === 'landing.blocked' && event.data.detail)
        // Looking again neither journals nor tests anything again.
        const seq = await s.journal.head()
        expect(await s.train.tick()).toBe(false)
        expect(await s.journal.head()).toBe(seq)
        expect(stateOf()).toEqual(before)
        act?.(root)
        await settle(s)
      }
      expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
      expect(sh(root, 'rev-parse', 'main^1')).toBe(old)
      const checks = (await s.journal.read({ aggregate: 'change' })).filter(
        (e) => e.type === 'check.finished',
      )
      expect(checks).toHaveLength(1)
      expect(sh(root, 'status', '--porcelain')).toBe(after?.status ?? '')
      for (const [file, content] of Object.entries(after?.files ?? {}))
        expect(readFileSync(join(root, file), 'utf8')).toBe(content)
      if (what.includes('branch') || what === 'detached')
        expect(existsSync(join(root, 'new.txt'))).toBe(false)
      else expect(readFileSync(join(root, 'new.txt'), 'utf8')).toBe('new\n')
      expect(existsSync(join(root, '.git/index.lock'))).toBe(false)
    },
  )
})

function FILES_NOW(root: string): (string | null)[] {
  return [...Object.keys(FILES), 'new.txt', 'x.log'].map((file) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null,
  )
}

describe('where main is', () => {
  it('is fast-forwarded in a linked worktree, and nothing else is touched', async () => {
    const s = await station()
    const linked = join(home, 'linked')
    sh(s.repo.root, 'checkout', '-q', '-b', 'other')
    sh(s.repo.root, 'worktree', 'add', '-q', linked, 'main')
    write(linked, { 'a.txt': 'mine\n' })
    await enqueue(s, 'one', s.head)
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'blocked', why: expect.stringContaining(linked) })
    sh(linked, 'checkout', '-q', '--', 'a.txt')
    await settle(s)
    expect(sh(linked, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(linked, 'a.txt'), 'utf8')).toBe('A\n')
    expect(sh(s.repo.root, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toBe('a\n')
  })

  it('follows main from one checkout to another while it is blocked', async () => {
    const s = await station()
    write(s.repo.root, { 'a.txt': 'mine\n' })
    await enqueue(s, 'one', s.head)
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'blocked' })
    sh(s.repo.root, 'checkout', '-q', '-b', 'other')
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
    expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toBe('mine\n')
  })

  it('waits when main is checked out twice, or in a directory that is away', async () => {
    const s = await station()
    const twin = join(home, 'twin')
    sh(s.repo.root, 'worktree', 'add', '-q', '-f', twin, 'main')
    await enqueue(s, 'one', s.head)
    await settle(s)
    expect((await shown(s, 'one')).why).toContain('2 directories')
    sh(s.repo.root, 'checkout', '-q', '-b', 'other')
    sh(s.repo.root, 'worktree', 'lock', twin)
    rmSync(twin, { recursive: true })
    await settle(s)
    expect((await shown(s, 'one')).why).toContain('is not there')
    sh(s.repo.root, 'worktree', 'unlock', twin)
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
  })

  it('waits while there is no such branch', async () => {
    const s = await station()
    await enqueue(s, 'one', s.head)
    sh(s.repo.root, 'branch', '-m', 'main', 'trunk')
    expect(await s.train.tick()).toBe(false)
    expect((await s.train.view()).stuck).toBe('There is no branch main to land on.')
  })
})

describe("the person's own set-up", () => {
  it('runs no hook, no stash and no squash, whatever is configured', async () => {
    const s = await station()
    const { root } = s.repo
    const mark = join(home, 'hooked')
    for (const hook of [
      'post-merge',
      'pre-merge-commit',
      'commit-msg',
      'post-checkout',
      'reference-transaction',
    ]) {
      write(root, { [`.git/hooks/${hook}`]: `#!/bin/sh\necho ${hook} >> ${mark}\n` })
      chmodSync(join(root, '.git/hooks', hook), 0o755)
    }
    sh(root, 'config', 'merge.autoStash', 'true')
    sh(root, 'config', 'branch.main.mergeOptions', '--squash')
    sh(root, 'config', 'merge.ff', 'false')
    rmSync(mark, { force: true })
    write(root, { 'a.txt': 'mine\n' })
    await enqueue(s, 'one', s.head)
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'blocked' })
    expect(sh(root, '-c', 'core.hooksPath=/dev/null', 'stash', 'list')).toBe('')
    sh(root, '-c', 'core.hooksPath=/dev/null', 'checkout', '-q', '--', 'a.txt')
    await settle(s)
    expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
    expect(existsSync(mark)).toBe(false)
  })

  it('writes files through the filters of the person, who configured them', async () => {
    const s = await station()
    const { root } = s.repo
    sh(root, 'config', 'filter.shout.smudge', 'tr a-z A-Z')
    sh(root, 'config', 'filter.shout.clean', 'tr A-Z a-z')
    const head = branch(s.repo, 'two', { '.gitattributes': 'loud.txt filter=shout\n', 'loud.txt': 'loud\n' })
    await enqueue(s, 'two', head, ['grep -q loud loud.txt'])
    await settle(s)
    expect(readFileSync(join(root, 'loud.txt'), 'utf8')).toBe('LOUD\n')
    expect(sh(root, 'status', '--porcelain')).toBe('')
  })

  it('takes back what a fast-forward wrote before it failed, and lands when it can', async () => {
    const s = await station()
    const { root } = s.repo
    // Git is killed while it writes the last file: the ones before it are new already.
    write(home, { 'smudge.sh': `#!/bin/sh\n[ -f ${home}/ok ] || kill -9 $PPID\ncat\n` })
    chmodSync(join(home, 'smudge.sh'), 0o755)
    sh(root, 'config', 'filter.deadly.smudge', join(home, 'smudge.sh'))
    const head = branch(s.repo, 'two', {
      '.gitattributes': 'z.txt filter=deadly\n',
      'a.txt': 'A\n',
      'new.txt': 'new\n',
    })
    write(home, { ok: '' })
    const deadly = branch(s.repo, 'three', { 'z.txt': 'z\n' }, head)
    rmSync(join(home, 'ok'))
    await enqueue(s, 'three', deadly)
    while ((await shown(s, 'three')).state !== 'blocked') await s.train.tick()
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('a\n')
    expect(existsSync(join(root, '.git/index.lock'))).toBe(false)
    write(home, { ok: '' })
    await settle(s)
    expect((await shown(s, 'three')).state).toBe('landed')
    expect(sh(root, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(root, 'z.txt'), 'utf8')).toBe('z\n')
  })
})

describe('a wrong way to land is caught', () => {
  /** Lands while the person commits to main or resets it, in the moment before. */
  async function raced(move: Move, meanwhile: (root: string) => void): Promise<string[]> {
    const s = await station()
    const { root } = s.repo
    commit(root, { 'second.txt': 'x\n' })
    sh(root, 'checkout', '-q', '--detach')
    let done = false
    const racing: Move = (repo, change, intent, place) => {
      if (!done) meanwhile(root)
      done = true
      return move(repo, change, intent, place)
    }
    const t = await openStation(s.repo, join(home, 'second'), {
      landing: localLanding(s.repo, s.stateDir, Date.now, racing),
    })
    open.push(t)
    await enqueue(t, 'one', s.head)
    await settle(t)
    return violations(t)
  }

  const mine = (root: string) => {
    const oid = sh(root, 'commit-tree', '-p', 'main', '-m', 'mine', 'main^{tree}')
    sh(root, 'update-ref', 'refs/heads/main', oid)
    sh(root, 'update-ref', 'refs/test/mine', oid)
  }

  it('right: compare-and-swap keeps the commit of the person', async () => {
    expect(await raced(moveTarget, mine)).toEqual([])
  })

  it('mutant: no compare-and-swap loses it', async () => {
    const blind: Move = async (repo, change, intent) => {
      await updateRef(
        repo,
        `refs/heads/${change.target}`,
        intent.new,
        await exactRef(repo, `refs/heads/${change.target}`),
      )
      return null
    }
    expect(await raced(blind, mine)).toContain('a commit of the person is no longer in main')
  })

  it('mutant: no base re-check lands what was tested on another main', async () => {
    const s = await station({
      runCheck: async (options) => {
        if (!existsSync(join(s.repo.root, 'mine.txt'))) commit(s.repo.root, { 'mine.txt': 'x\n' })
        return plainCheck(options)
      },
    })
    // Believes that main still is where the candidate was built, and merges again at the end.
    const right = localLanding(s.repo, s.stateDir, Date.now)
    const base = sh(s.repo.root, 'rev-parse', 'main')
    const untested = {
      ...right,
      head: async () => base,
      prepare: async (change: Parameters<typeof right.prepare>[0]) => ({
        kind: 'open' as const,
        intent: {
          old: base,
          new: change.candidate?.commit ?? '',
          tree: change.candidate?.tree ?? '',
          method: 'fast-forward' as const,
          checkout: s.repo.root,
        },
      }),
      land: async (change: Parameters<typeof right.land>[0]) => {
        sh(s.repo.root, 'merge', '-q', '--no-ff', '-m', 'merged', change.head)
        return { kind: 'landed' as const, commit: sh(s.repo.root, 'rev-parse', 'main') }
      },
    }
    const t = await openStation(s.repo, join(home, 'second'), {
      landing: untested,
      runCheck: async (options) => {
        if (!existsSync(join(s.repo.root, 'mine.txt'))) commit(s.repo.root, { 'mine.txt': 'x\n' })
        return plainCheck(options)
      },
    })
    open.push(t)
    await enqueue(t, 'one', s.head)
    await settle(t)
    expect(await violations(t)).toContain('a tree landed that was not tested')
    // The same with the real landing is right.
    sh(s.repo.root, 'reset', '-q', '--hard', base)
    await enqueue(s, 'one', s.head)
    await settle(s)
    expect(await violations(s)).toEqual([])
  })

  it('mutant: a bare update-ref leaves the checkout behind', async () => {
    const s = await station()
    const bare: Move = async (repo, change, intent) => {
      await updateRef(repo, `refs/heads/${change.target}`, intent.new, intent.old)
      return null
    }
    const t = await openStation(s.repo, join(home, 'second'), {
      landing: localLanding(s.repo, s.stateDir, Date.now, bare),
    })
    open.push(t)
    await enqueue(t, 'one', s.head)
    await settle(t)
    expect(await violations(t)).toContain('the checkout is out of step with main')
  })
})

/** What facts/merge-and-partition 4.4 forbids, read from git and the journal alone. */
async function violations(s: Station): Promise<string[]> {
  const { root } = s.repo
  const found: string[] = []
  const events = await s.journal.read({ aggregate: 'change' })
  const proven = new Set(
    events.flatMap((e) => (e.type === 'check.finished' && e.data.exit === 0 ? [e.data.tree] : [])),
  )
  for (const e of events) {
    if (e.type !== 'change.landed') continue
    if (!proven.has(sh(root, 'rev-parse', `${e.data.new}^{tree}`)))
      found.push('a tree landed that was not tested')
    if (sh(root, 'merge-base', 'main', e.data.new) !== e.data.new) found.push('what landed is not in main')
  }
  const mine = sh(root, 'for-each-ref', '--format=%(objectname)', 'refs/test/mine')
  if (mine !== '' && sh(root, 'merge-base', 'main', mine) !== mine)
    found.push('a commit of the person is no longer in main')
  const on = sh(root, 'rev-parse', '--abbrev-ref', 'HEAD')
  if (on === 'main' && sh(root, 'status', '--porcelain') !== '')
    found.push('the checkout is out of step with main')
  return found
}

it('never asks for more than reading while it waits', async () => {
  const s = await station()
  write(s.repo.root, { 'a.txt': 'mine\n' })
  await enqueue(s, 'one', s.head)
  await settle(s)
  const index = join(s.repo.root, '.git/index')
  const before = [statSync(index).mtimeMs, statSync(index).ino]
  await s.train.tick()
  expect([statSync(index).mtimeMs, statSync(index).ino]).toEqual(before)
  await s.train.eject((await shown(s, 'one')).id, 'enough', PERSON)
  expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toBe('mine\n')
})
