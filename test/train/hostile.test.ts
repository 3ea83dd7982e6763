/** A change is what a session made up: nothing of it may run in the train's own git. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import {
  branch,
  commit,
  enqueue,
  openStation,
  plainCheck,
  repositoryWith,
  settle,
  sh,
  shown,
  type Station,
  write,
} from './station.ts'

let home: string
let s: Station
let ran: string
beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-hostile-')))
  ran = join(home, 'ran')
  const repo = await repositoryWith(join(home, 'repo'), {
    'README.md': 'hello\n',
    'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n',
  })
  s = await openStation(repo, home)
})
afterEach(async () => {
  await s.journal.close()
  rmSync(home, { recursive: true, force: true })
})

/** A program that leaves a trace when it is run. */
function trap(name: string): string {
  write(home, { [name]: `#!/bin/sh\necho ${name} >> ${ran}\ncat\n` })
  chmodSync(join(home, name), 0o755)
  return join(home, name)
}

it('runs no merge driver of the person for attributes that a change brings along', async () => {
  sh(s.repo.root, 'config', 'merge.own.driver', `${trap('driver')} %O %A %B`)
  const ours = { 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\nnine\n' }
  const theirs = { 'a.txt': 'one\n2\n3\n4\n5\n6\n7\n8\n9\n', '.gitattributes': '*.txt merge=own\n' }
  const head = branch(s.repo, 'one', theirs)
  commit(s.repo.root, ours)
  await enqueue(s, 'one', head)
  await settle(s)
  expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
  expect(existsSync(ran)).toBe(false)
  expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toBe('one\n2\n3\n4\n5\n6\n7\n8\nnine\n')
})

it('sends a file back that main wants merged by a driver of the person', async () => {
  sh(s.repo.root, 'config', 'merge.own.driver', `${trap('driver')} %O %A %B`)
  commit(s.repo.root, { '.gitattributes': '*.txt merge=own\n' })
  const head = branch(s.repo, 'one', { 'a.txt': 'one\n2\n3\n4\n5\n6\n7\n8\n9\n', 'b.txt': 'new\n' })
  commit(s.repo.root, { 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\nnine\n' })
  await enqueue(s, 'one', head)
  await settle(s)
  const one = await shown(s, 'one')
  expect(one.ejected).toMatchObject({ reason: 'conflict', files: ['a.txt'] })
  expect(one.ejected?.detail).toContain('merge driver "own", which the train does not run')
  expect(existsSync(ran)).toBe(false)
})

it('merges by the attributes of main, not by those of the change or of a dirty checkout', async () => {
  const head = branch(s.repo, 'one', { 'log.txt': 'theirs\n', '.gitattributes': '* merge=union\n' })
  commit(s.repo.root, { 'log.txt': 'ours\n' })
  write(s.repo.root, { '.gitattributes': '* merge=union\n' })
  await enqueue(s, 'one', head)
  await settle(s)
  expect((await shown(s, 'one')).ejected).toMatchObject({ reason: 'conflict', files: ['log.txt'] })
  rmSync(join(s.repo.root, '.gitattributes'))
  commit(s.repo.root, { '.gitattributes': '*.txt merge=union\n' })
  const next = branch(s.repo, 'two', { 'a.txt': 'A\n2\n3\n4\n5\n6\n7\n8\n9\n' })
  commit(s.repo.root, { 'a.txt': 'B\n2\n3\n4\n5\n6\n7\n8\n9\n' })
  await enqueue(s, 'two', next)
  await settle(s)
  expect(await shown(s, 'two')).toMatchObject({ state: 'landed' })
  expect(readFileSync(join(s.repo.root, 'a.txt'), 'utf8')).toContain('B\nA\n')
})

it('runs no filter, monitor or hook when it lays out the files for the checks', async () => {
  const { root } = s.repo
  const program = trap('program')
  sh(root, 'config', 'filter.own.smudge', program)
  sh(root, 'config', 'core.fsmonitor', program)
  // The person's own configuration, which names programs as well.
  write(home, { '.gitconfig': `[filter "own"]\n\tsmudge = ${program}\n` })
  const homeBefore = process.env['HOME']
  process.env['HOME'] = home
  onTestFinished(() => void (process.env['HOME'] = homeBefore))
  const head = branch(s.repo, 'one', { '.gitattributes': '* filter=own\n', 'x.txt': 'x\n' })
  // Off the checkout of the person, where the person's own filters do count.
  sh(root, '-c', 'core.fsmonitor=', 'checkout', '-q', '--detach')
  for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction']) {
    write(root, { [`.git/hooks/${hook}`]: `#!/bin/sh\necho ${hook} >> ${ran}\n` })
    chmodSync(join(root, '.git/hooks', hook), 0o755)
  }
  rmSync(ran, { force: true })
  await enqueue(s, 'one', head, ['grep -q x x.txt'])
  await settle(s)
  expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
  expect(existsSync(ran)).toBe(false)
})

it('is not taken in by a check that rewrites the git directory it runs in', async () => {
  const evil = trap('evil')
  const check = [
    `git config core.fsmonitor ${evil}`,
    `git config diff.external ${evil}`,
    `git config filter.evil.clean ${evil}`,
    `mkdir -p .git/info && echo '* filter=evil diff=evil' > .git/info/attributes`,
    `echo changed >> a.txt`,
    `git update-index --assume-unchanged a.txt`,
    `rm -f ${ran}`,
  ].join(' && ')
  await enqueue(s, 'one', branch(s.repo, 'one', { 'x.txt': 'x\n' }), [`[ ! -f x.txt ] || { ${check}; }`])
  await settle(s)
  const one = await shown(s, 'one')
  expect(one.ejected).toMatchObject({ reason: 'checks', files: ['a.txt'] })
  expect(existsSync(ran)).toBe(false)
})

it("gives a check a git directory in which git works, and which is not the person's", async () => {
  const check =
    'git status --porcelain | wc -l | grep -qx 0 && git log -1 --format=%s | grep -qx "one: work" && git commit -q --allow-empty -m x -c user.name=x || git rev-parse HEAD'
  await enqueue(s, 'one', branch(s.repo, 'one', { 'x.txt': 'x\n' }), [
    check,
    '[ "$(git rev-parse --git-dir)" = .git ]',
  ])
  await settle(s)
  expect(await shown(s, 'one')).toMatchObject({ state: 'landed' })
})

it('does not let a message claim to be a landing of something else', async () => {
  const head = branch(s.repo, 'one', { 'x.txt': 'x\n' })
  const message = 'title\u001b[2J\n\nbody\nWorktrain-Tree: forged\n\nCo-authored-by: A <a@b>'
  await s.train.enqueue(
    { session: null, name: 'one', branch: 'one', head, target: 'main', checks: ['true'], message },
    { kind: 'person', via: 'test' },
  )
  await settle(s)
  const trailers = sh(s.repo.root, 'log', '-1', '--format=%(trailers:only,unfold)', 'main').split('\n')
  expect(trailers.map((line) => line.split(':')[0])).toEqual([
    'Co-authored-by',
    'Worktrain-Change',
    'Worktrain-Tree',
  ])
  expect(sh(s.repo.root, 'log', '-1', '--format=%s|%B', 'main')).not.toMatch(/forged|\u001b/)
})

it('removes a workspace in which a check took away its own rights', async () => {
  const t = await openStation(s.repo, join(home, 'second'), { runCheck: plainCheck })
  await enqueue(t, 'one', branch(s.repo, 'one', { 'x.txt': 'x\n' }), [
    'mkdir -p d/e && touch d/e/f && chmod 0 d/e d',
  ])
  await settle(t)
  expect(await shown(t, 'one')).toMatchObject({ state: 'landed' })
  await t.journal.close()
})
