import { join } from 'node:path'
import { expect, test } from 'vitest'
import { awaitsRemote } from '../../src/supervisor/trains/awaits-remote.ts'
import { commit, repository, sh, temporary } from '../git/repo.ts'

test('what landed is kept until it is at the remote, where there is one to move', async () => {
  const repo = await repository(join(temporary(), 'repo'))
  const head = commit(repo.root, { landed: '1' })
  const landed = { stage: 'landed' as const, head }
  const at = { remote: 'origin', target: 'main' }
  expect(await awaitsRemote(repo, landed, at)).toBe(true)
  sh(repo.root, 'update-ref', 'refs/remotes/origin/main', `${head}^`)
  expect(await awaitsRemote(repo, landed, at)).toBe(true)
  expect(await awaitsRemote(repo, landed, { ...at, remote: null })).toBe(false)
  expect(await awaitsRemote(repo, { ...landed, stage: 'discarded' }, at)).toBe(false)
  sh(repo.root, 'update-ref', 'refs/remotes/origin/main', commit(repo.root, { later: '1' }))
  expect(await awaitsRemote(repo, landed, at)).toBe(false)
})
