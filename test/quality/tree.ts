/** The files of the project, as git has them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** Tracked files and new ones that are not ignored, relative to the root. */
export function filesOf(...below: string[]): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...below],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
