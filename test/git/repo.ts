/** Real repositories for tests, each in its own temporary directory. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import { openRepository, type Repository } from '../../src/git/index.ts'

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

const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
}

/** Plain git as a person would run it; its output without the last line feed. */
export function sh(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

export function write(directory: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}

/** Writes files and commits everything; the commit's id. */
export function commit(directory: string, files: Record<string, string>, message = 'change'): string {
  write(directory, files)
  sh(directory, 'add', '-A')
  sh(directory, 'commit', '-q', '-m', message)
  return sh(directory, 'rev-parse', 'HEAD')
}

/** A repository with one commit on `main`. */
export async function repository(directory = join(temporary(), 'repo')): Promise<Repository> {
  mkdirSync(directory, { recursive: true })
  sh(directory, 'init', '-q', '-b', 'main')
  sh(directory, 'config', 'user.name', 'A Person')
  sh(directory, 'config', 'user.email', 'person@example.org')
  commit(directory, { 'README.md': 'hello\n', 'src/a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n' }, 'first')
  return openRepository(directory)
}
