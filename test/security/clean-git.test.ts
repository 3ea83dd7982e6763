/** Group 8 of the attacks: what configuration names as programs is not run, and repositories of others are not read. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fetchRefs, openRepository, resolveBase } from '../../src/git/index.ts'
import { git } from '../../src/git/git.ts'
import { commit, repository, sh, temporary } from '../git/repo.ts'

test('a remote that is a program is asked nothing, whatever the configuration allows', async () => {
  const repo = await repository()
  const trap = join(temporary(), 'trap')
  sh(repo.root, 'config', 'protocol.ext.allow', 'always')
  sh(repo.root, 'config', 'protocol.allow', 'always')
  sh(repo.root, 'remote', 'add', 'origin', `ext::sh -c touch% ${trap}`)
  const fetching = fetchRefs(repo, `ext::touch ${trap}`, ['+refs/heads/main:refs/worktrain/x'])
  await expect(fetching).rejects.toMatchObject({ code: 'GIT_FAILED' })
  const base = await resolveBase(repo, { ref: null, fetch: true })
  expect(base.oid).toBe(sh(repo.root, 'rev-parse', 'HEAD'))
  expect(existsSync(trap)).toBe(false)
  // The trap works: git itself runs it here.
  expect(() => sh(repo.root, 'fetch', `ext::touch ${trap}`)).toThrow()
  expect(existsSync(trap)).toBe(true)
})

test('nor is one that submodules name', async () => {
  const repo = await repository()
  const trap = join(temporary(), 'trap')
  sh(repo.root, 'config', 'protocol.ext.allow', 'always')
  sh(repo.root, 'config', 'submodule.recurse', 'true')
  sh(repo.root, 'config', 'fetch.recurseSubmodules', 'true')
  const modules = `[submodule "x"]\n\tpath = x\n\turl = ext::touch ${trap}\n\tupdate = !touch ${trap}\n`
  const other = await repository()
  commit(other.root, { '.gitmodules': modules })
  await fetchRefs(repo, other.root, ['+refs/heads/main:refs/worktrain/x'])
  await git(['status'], { cwd: repo.root })
  expect(existsSync(trap)).toBe(false)
})

const root = process.getuid?.() === 0
test.skipIf(!root)(
  `a repository of another user is not read, unless git was told to${root ? '' : ' (skipped: only root can make one)'}`,
  async () => {
    const { root: directory } = await repository()
    const trap = join(directory, '..', 'trap')
    appendFileSync(join(directory, '.git/config'), `[core]\n\tfsmonitor = touch ${trap}\n`)
    execFileSync('chown', ['-R', '65534:65534', directory])
    await expect(openRepository(directory)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('dubious ownership') as string,
    })
    expect(existsSync(trap)).toBe(false)
  },
)
