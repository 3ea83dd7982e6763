/** `.worktreeinclude`: ignored files of the main checkout that a new workspace needs, such as `.env`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { git, inRepository, privateGit, type Repository } from '../git/index.ts'
import { copyInto } from './tree.ts'

export interface IncludeReport {
  copied: string[]
  skipped: { path: string; why: string }[]
}

/**
 * Copies what `.worktreeinclude` at the top of the main checkout names. As in Claude Code
 * (code.claude.com/docs, "Copy gitignored files to worktrees"): gitignore syntax; only files that match
 * and are also ignored by git are copied; a directory that is ignored as a whole is looked into only where
 * a pattern speaks of it; links are left out.
 * @param text of `.worktreeinclude`
 * @param scratch private directory for a moment's use
 */
export async function copyIncluded(
  repo: Repository,
  text: string,
  to: string,
  scratch: string,
): Promise<IncludeReport> {
  const report: IncludeReport = { copied: [], skipped: [] }
  const patterns = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (patterns.length === 0) return report
  const top = await ignored(repo, ['--directory'])
  const directories = top.filter((name) => name.endsWith('/'))
  const named = new Set(await matching(text, directories, scratch))
  const open = directories.filter(
    (name) => named.has(name) || patterns.some((pattern) => speaksOf(pattern, name)),
  )
  const below = open.length === 0 ? [] : await ignored(repo, ['--', ...open])
  const files = await matching(text, [...top.filter((name) => !name.endsWith('/')), ...below], scratch)
  for (const path of new Set(files)) {
    const why = await copyInto(repo.root, to, path)
    if (why === null) report.copied.push(path)
    else report.skipped.push({ path, why })
  }
  return report
}

async function ignored(repo: Repository, rest: string[]): Promise<string[]> {
  const { stdout } = await inRepository(
    repo,
    ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', ...rest],
    {
      workTree: repo.root,
      env: { GIT_LITERAL_PATHSPECS: '1' },
    },
  )
  return stdout.split('\0').filter((name) => name !== '')
}

/** Which of the names the patterns match, by git's own rules: an empty repository that ignores just these. */
async function matching(patterns: string, names: string[], scratch: string): Promise<string[]> {
  if (names.length === 0) return []
  const directory = mkdtempSync(join(scratch, 'include-'))
  try {
    await privateGit(['init', '--quiet', '--template=', '.'], { cwd: directory, isolated: true })
    const list = join(directory, '.git', 'patterns')
    writeFileSync(list, patterns)
    const { stdout } = await git(['check-ignore', '--no-index', '-z', '--stdin'], {
      cwd: directory,
      isolated: true,
      config: [`core.excludesFile=${list}`],
      input: `${names.join('\0')}\0`,
      allow: [1],
    })
    return stdout.split('\0').filter((name) => name !== '')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Could the pattern match something inside this directory, by naming the directory itself? */
function speaksOf(pattern: string, directory: string): boolean {
  const path = pattern.replace(/^\//, '')
  if (path.startsWith(directory)) return true
  const wild = path.search(/[*?[]/)
  if (wild > 0 && directory.startsWith(path.slice(0, wild))) return true
  const rest = path.replace(/^(\*\*\/)+/, '')
  if (rest === path) return false
  const first = (rest.split('/')[0] ?? '').toLowerCase()
  const literal = (first.split(/[*?[]/)[0] ?? '').replaceAll('\\', '')
  if (literal === '') return false
  const parts = directory.slice(0, -1).toLowerCase().split('/')
  return literal === first ? parts.includes(literal) : parts.some((part) => part.startsWith(literal))
}
