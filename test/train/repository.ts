/** What the train's tests make of a repository. */
import { execFileSync } from 'node:child_process'
import type { Repository } from '../../src/git/index.ts'
import { ENV } from '../fixtures/plain-git.ts'

export { commit, ENV, repositoryWith, sh, write } from '../fixtures/plain-git.ts'

/** Commits on a new branch from `from`, without a checkout. @param files null: the file is deleted */
export function branch(
  repo: Repository,
  name: string,
  files: Record<string, string | null>,
  from = 'main',
): string {
  const changes = Object.entries(files).map(([path, content]) =>
    content === null ? `D ${quoted(path)}\n` : `M 100644 inline ${quoted(path)}\n${data(content)}`,
  )
  const who = `committer A Person <person@example.org> ${Math.floor(Date.now() / 1000)} +0000\n`
  const commit = `commit refs/heads/${name}\nmark :1\n${who}${data(`work on ${name}\n`)}from ${from}^0\n`
  return execFileSync('git', ['fast-import', '--quiet'], {
    cwd: repo.root,
    env: ENV,
    input: `${commit}${changes.join('')}\nget-mark :1\ndone\n`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trimEnd()
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}\n`
}

function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, (char) => `\\${char}`).replaceAll('\n', '\\n')}"`
}
