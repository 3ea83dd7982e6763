/** Real repositories for tests, each in its own temporary directory. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Repository } from '../../src/git/index.ts'
import { repositoryWith } from '../fixtures/plain-git.ts'

export { commit, sh, write } from '../fixtures/plain-git.ts'

const made: string[] = []
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A fresh directory that goes away with the test. */
export function temporary(name = 'worktrain-'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), name)))
  made.push(directory)
  return directory
}

/** A repository with one commit on `main`. */
export function repository(directory = join(temporary(), 'repo')): Promise<Repository> {
  return repositoryWith(directory, {
    'README.md': 'hello\n',
    'src/a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n',
  })
}
