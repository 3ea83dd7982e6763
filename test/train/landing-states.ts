/** States a person's checkout may be in when a change lands (facts/merge-and-partition 2, and more). */
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Blocked } from '../../src/protocol/index.ts'
import { commit, sh, write } from './repository.ts'

export interface State {
  what: string
  /** What lands, when it is not the usual change. */
  change?: Record<string, string | null>
  make: (root: string) => void
  /** Absent: it lands at once. */
  blocked?: { reason: Blocked['reason']; paths: (root: string) => string[] }
  /** What the person does about it. */
  settle?: (root: string) => void
  /** Paths at which the person already had what landed. */
  agreed?: string[]
}

const at = (...paths: string[]) => ({ reason: 'checkout' as const, paths: () => paths })
const UNFINISHED = { reason: 'mid-operation' as const, paths: (root: string) => [root] }
const put = (files: Record<string, string>) => (root: string) => write(root, files)
const git =
  (...args: string[]) =>
  (root: string) =>
    void sh(root, ...args)
const remove = (path: string) => (root: string) => rmSync(join(root, path), { recursive: true })
/** Git that is expected to stop in the middle. */
function stops(root: string, ...args: string[]): void {
  try {
    sh(root, ...args)
  } catch {
    return
  }
  throw new Error(`git ${args.join(' ')} was to stop`)
}
/** Two commits on a branch `side` that conflict with main in b.txt. */
function side(root: string): void {
  sh(root, 'checkout', '-q', '-b', 'side')
  commit(root, { 'b.txt': 'side\n' })
  commit(root, { 'c.txt': 'side\n' })
  sh(root, 'checkout', '-q', 'main')
  sh(root, 'branch', '-q', 'kept', 'main')
}

export const STATES: State[] = [
  { what: 'clean', make: () => {} },
  { what: 'touched', make: (root) => utimesSync(join(root, 'a.txt'), 1, 1) },
  { what: 'dirty elsewhere', make: put({ 'b.txt': 'mine\n', 'mine.txt': 'm\n', 'out/m.log': 'm\n' }) },
  {
    what: 'staged elsewhere',
    make: (root) => {
      write(root, { 'b.txt': 'mine\n' })
      sh(root, 'add', 'b.txt')
    },
  },
  {
    what: 'dirty where the change is',
    make: put({ 'a.txt': 'mine\n' }),
    blocked: at('a.txt'),
    settle: git('stash', '-q'),
  },
  {
    what: 'dirty with the very text of the change',
    make: put({ 'a.txt': 'A\n' }),
    blocked: at('a.txt'),
    settle: git('checkout', '-q', '--', 'a.txt'),
  },
  {
    what: 'staged where the change is',
    make: (root) => {
      write(root, { 'a.txt': 'mine\n' })
      sh(root, 'add', 'a.txt')
    },
    blocked: at('a.txt'),
    settle: git('stash', '-q'),
  },
  {
    what: 'staged with the very text of the change',
    make: (root) => {
      write(root, { 'a.txt': 'A\n', 'new.txt': 'new\n' })
      sh(root, 'add', 'a.txt', 'new.txt')
    },
    agreed: ['a.txt', 'new.txt'],
  },
  {
    what: 'another mode where the change is',
    make: (root) => chmodSync(join(root, 'a.txt'), 0o755),
    blocked: at('a.txt'),
    settle: (root) => chmodSync(join(root, 'a.txt'), 0o644),
  },
  {
    what: 'a file deleted that the change edits',
    make: remove('a.txt'),
    blocked: at('a.txt'),
    settle: git('checkout', '-q', '--', 'a.txt'),
  },
  {
    what: 'a deletion staged that the change edits',
    make: git('rm', '-q', 'a.txt'),
    blocked: at('a.txt'),
    settle: git('reset', '-q', '--hard'),
  },
  { what: 'a file deleted that the change deletes', make: remove('gone.txt'), agreed: ['gone.txt'] },
  {
    what: 'a deletion staged that the change makes',
    make: git('rm', '-q', 'gone.txt'),
    agreed: ['gone.txt'],
  },
  {
    what: 'untracked again what the change deletes',
    make: git('rm', '-q', '--cached', 'gone.txt'),
    blocked: at('gone.txt'),
    settle: git('reset', '-q', '--hard'),
  },
  {
    what: 'untracked file in the way',
    make: put({ 'new.txt': 'mine\n' }),
    blocked: at('new.txt'),
    settle: remove('new.txt'),
  },
  {
    what: 'several files in the way',
    make: put({ 'new.txt': 'mine\n', 'a.txt': 'mine\n', 'x.log': 'mine\n', 'gone.txt': 'mine\n' }),
    blocked: at('a.txt', 'gone.txt', 'new.txt', 'x.log'),
    settle: (root) => {
      sh(root, 'checkout', '-q', '--', '.')
      for (const path of ['new.txt', 'x.log']) rmSync(join(root, path))
    },
  },
  {
    what: 'a file in the way that is to be added',
    make: (root) => {
      write(root, { 'new.txt': 'mine\n' })
      sh(root, 'add', '-N', 'new.txt')
    },
    blocked: at('new.txt'),
    settle: git('rm', '-q', '-f', 'new.txt'),
  },
  {
    what: 'a file in the way that is staged',
    make: (root) => {
      write(root, { 'new.txt': 'mine\n' })
      sh(root, 'add', 'new.txt')
    },
    blocked: at('new.txt'),
    settle: git('rm', '-q', '-f', 'new.txt'),
  },
  {
    what: 'ignored file in the way',
    make: put({ 'x.log': 'mine\n' }),
    blocked: at('x.log'),
    settle: remove('x.log'),
  },
  {
    what: 'ignored directory where a file comes',
    change: { out: 'a file\n' },
    make: put({ 'out/mine.txt': 'mine\n' }),
    blocked: at('out'),
    settle: remove('out'),
  },
  {
    what: 'ignored directory into which a file comes',
    change: { 'out/theirs.txt': 'theirs\n' },
    make: put({ 'out/mine.txt': 'mine\n' }),
  },
  {
    what: 'ignored directory with the file that comes',
    change: { 'out/theirs.txt': 'theirs\n' },
    make: put({ 'out/theirs.txt': 'mine\n' }),
    blocked: at('out/theirs.txt'),
    settle: remove('out'),
  },
  {
    what: 'untracked directory where a file comes',
    make: put({ 'new.txt/mine': 'mine\n' }),
    blocked: at('new.txt'),
    settle: remove('new.txt'),
  },
  { what: 'empty directory where a file comes', make: (root) => mkdirSync(join(root, 'new.txt')) },
  {
    what: 'untracked file where a directory comes',
    make: put({ sub: 'mine\n' }),
    blocked: at('sub'),
    settle: remove('sub'),
  },
  {
    what: 'link where a directory comes',
    make: (root) => symlinkSync('/nonexistent', join(root, 'sub')),
    blocked: at('sub'),
    settle: remove('sub'),
  },
  {
    what: 'ignored link where a directory comes',
    change: { 'out/theirs.txt': 'theirs\n' },
    make: (root) => {
      write(root, { '.git/info/exclude': 'out\n' })
      mkdirSync(join(root, '../elsewhere'))
      symlinkSync('../elsewhere', join(root, 'out'))
    },
    blocked: at('out'),
    settle: remove('out'),
  },
  {
    what: 'a repository of its own where a file comes',
    make: (root) => {
      mkdirSync(join(root, 'new.txt'))
      sh(join(root, 'new.txt'), 'init', '-q')
      commit(join(root, 'new.txt'), { 'mine.txt': 'mine\n' })
    },
    blocked: at('new.txt'),
    settle: remove('new.txt'),
  },
  {
    what: 'ignored file in a directory that becomes a file',
    change: { 'dir/one.txt': null, dir: 'a file\n' },
    make: put({ 'dir/mine.log': 'mine\n' }),
    blocked: at('dir'),
    settle: remove('dir/mine.log'),
  },
  {
    what: 'ignored file in a directory that the change empties',
    change: { 'dir/one.txt': null },
    make: put({ 'dir/mine.log': 'mine\n' }),
  },
  {
    what: 'dirty file that the change deletes',
    make: put({ 'gone.txt': 'mine\n' }),
    blocked: at('gone.txt'),
    settle: git('checkout', '-q', '--', 'gone.txt'),
  },
  {
    what: 'index.lock held by somebody',
    make: put({ '.git/index.lock': '' }),
    blocked: { reason: 'index-lock', paths: (root) => [join(root, '.git/index.lock')] },
    settle: remove('.git/index.lock'),
  },
  {
    what: 'HEAD.lock held by somebody',
    make: put({ '.git/HEAD.lock': '' }),
    blocked: { reason: 'index-lock', paths: (root) => [join(root, '.git/HEAD.lock')] },
    settle: remove('.git/HEAD.lock'),
  },
  {
    what: 'ORIG_HEAD.lock held by somebody',
    make: put({ '.git/ORIG_HEAD.lock': '' }),
    blocked: { reason: 'index-lock', paths: (root) => [join(root, '.git/ORIG_HEAD.lock')] },
    settle: remove('.git/ORIG_HEAD.lock'),
  },
  {
    what: 'in the middle of a merge',
    make: (root) => {
      side(root)
      sh(root, 'merge', '-q', '--no-ff', '--no-commit', 'side')
    },
    blocked: UNFINISHED,
    settle: git('merge', '--abort'),
  },
  {
    what: 'in the middle of a rebase of main',
    make: (root) =>
      sh(root, '-c', 'sequence.editor=sed -i.bak 1s/^pick/edit/', 'rebase', '-q', '-i', '--root'),
    blocked: UNFINISHED,
    settle: git('rebase', '--abort'),
  },
  {
    what: 'in the middle of a cherry-pick',
    make: (root) => {
      side(root)
      commit(root, { 'b.txt': 'main\n' })
      stops(root, 'cherry-pick', 'side~1')
    },
    blocked: UNFINISHED,
    settle: git('cherry-pick', '--abort'),
  },
  {
    what: 'between two commits of a cherry-pick',
    make: (root) => {
      side(root)
      commit(root, { 'b.txt': 'main\n' })
      stops(root, 'cherry-pick', 'kept..side')
      write(root, { 'b.txt': 'both\n' })
      sh(root, 'commit', '-q', '-a', '-m', 'both')
    },
    blocked: UNFINISHED,
    settle: git('cherry-pick', '--quit'),
  },
  {
    what: 'in the middle of a revert',
    make: (root) => {
      side(root)
      sh(root, 'merge', '-q', 'side')
      commit(root, { 'b.txt': 'main\n' })
      stops(root, 'revert', '--no-edit', 'side~1')
    },
    blocked: UNFINISHED,
    settle: git('revert', '--abort'),
  },
  {
    what: 'with a revert that is not committed',
    make: (root) => {
      side(root)
      sh(root, 'merge', '-q', 'side')
      sh(root, 'revert', '--no-commit', 'side')
    },
    blocked: UNFINISHED,
    settle: git('reset', '-q', '--merge'),
  },
  {
    what: 'in the middle of an am',
    make: (root) => {
      side(root)
      write(root, { '../side.patch': `${sh(root, 'format-patch', '--stdout', 'main..side~1')}\n` })
      commit(root, { 'b.txt': 'main\n' })
      stops(root, 'am', '-q', '../side.patch')
    },
    blocked: UNFINISHED,
    settle: git('am', '--abort'),
  },
  {
    what: 'bisecting, on main',
    make: git('bisect', 'start'),
    blocked: UNFINISHED,
    settle: git('bisect', 'reset'),
  },
  {
    what: 'with conflicts of a stash',
    make: (root) => {
      write(root, { 'b.txt': 'mine\n' })
      sh(root, 'stash', '-q')
      commit(root, { 'b.txt': 'main\n' })
      stops(root, 'stash', 'pop')
    },
    blocked: { reason: 'mid-operation', paths: () => ['b.txt'] },
    settle: git('reset', '-q', '--hard'),
  },
  {
    what: 'on another branch, dirty',
    make: (root) => {
      sh(root, 'checkout', '-q', '-b', 'other')
      write(root, { 'a.txt': 'mine\n', 'new.txt': 'mine\n' })
    },
  },
  { what: 'detached at main', make: git('checkout', '-q', '--detach') },
  {
    what: 'bisecting, on another commit',
    make: (root) => {
      sh(root, 'checkout', '-q', '--detach')
      commit(root, { 'c.txt': 'c\n' })
      commit(root, { 'c.txt': 'cc\n' })
      sh(root, 'bisect', 'start', 'HEAD', 'main')
    },
  },
]
