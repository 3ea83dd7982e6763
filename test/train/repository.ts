/** Repositories as a person makes them, for tests of what the train does with their commits. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openRepository, type Repository } from '../../src/git/index.ts'

export const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
}

/** Plain git as a person would run it. */
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
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
}

export function commit(directory: string, files: Record<string, string>, message = 'change'): string {
  write(directory, files)
  sh(directory, 'add', '-A')
  sh(directory, 'commit', '-q', '-m', message)
  return sh(directory, 'rev-parse', 'HEAD')
}

/** A repository with `main` checked out and one commit of `files`. */
export async function repositoryWith(directory: string, files: Record<string, string>): Promise<Repository> {
  mkdirSync(directory, { recursive: true })
  sh(directory, 'init', '-q', '-b', 'main')
  sh(directory, 'config', 'user.name', 'A Person')
  sh(directory, 'config', 'user.email', 'person@example.org')
  commit(directory, files, 'first')
  return openRepository(directory)
}

/** Commits on a new branch from `from` in a worktree of its own, which goes away again. */
export function branch(
  repo: Repository,
  name: string,
  files: Record<string, string | null>,
  from = 'main',
): string {
  const directory = join(dirname(repo.root), `wt-${name}`)
  sh(repo.root, 'worktree', 'add', '-q', '-b', name, directory, from)
  for (const [path, content] of Object.entries(files)) {
    if (content === null) sh(directory, 'rm', '-q', path)
    else write(directory, { [path]: content })
  }
  sh(directory, 'add', '-A', '-f')
  sh(directory, 'commit', '-q', '-m', `work on ${name}`)
  const head = sh(directory, 'rev-parse', 'HEAD')
  sh(repo.root, 'worktree', 'remove', '--force', directory)
  return head
}
