/** The clean directory in which one attempt's checks run, and the proof that they left it as it was. */
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateGit, type Repository } from '../git/index.ts'
import { initWith } from './objects.ts'

export interface Scratch {
  directory: string
  /** Where the commands run: the tree of the candidate, with a git directory of its own. */
  work: string
  /** The train's own view of `work`: no command of a check can reach it. */
  trusted: string
}

/**
 * Lays out a commit in a fresh directory.
 *
 * No hook, filter or configuration of anybody's takes part. The git directory inside is a copy for the
 * commands' own use and is never looked at again: what runs there may have changed it.
 * @param directory must not exist
 */
export async function makeScratch(repo: Repository, directory: string, commit: string): Promise<Scratch> {
  const scratch = { directory, work: join(directory, 'work'), trusted: join(directory, 'trusted.git') }
  mkdirSync(scratch.work, { recursive: true, mode: 0o700 })
  await initWith(repo, scratch.trusted)
  writeFileSync(join(scratch.trusted, 'HEAD'), `${commit}\n`)
  await inScratch(scratch, ['read-tree', '--reset', '-u', commit])
  const inside = join(scratch.work, '.git')
  cpSync(scratch.trusted, inside, { recursive: true, preserveTimestamps: true })
  await privateGit(['config', '--file', join(inside, 'config'), 'core.bare', 'false'], { isolated: true })
  return scratch
}

/** Tracked files that are no longer as in the commit. */
export async function dirtiedFiles(scratch: Scratch): Promise<string[]> {
  const args = [
    'diff',
    '--name-only',
    '-z',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--ignore-submodules=all',
  ]
  const { stdout } = await inScratch(scratch, args)
  return stdout.split('\0').filter((path) => path !== '')
}

function inScratch(scratch: Scratch, args: readonly string[]) {
  return privateGit(args, {
    gitDir: scratch.trusted,
    workTree: scratch.work,
    cwd: scratch.work,
    isolated: true,
  })
}

/** Removes an attempt's directory, also when a check left directories that may not be written. */
export function removeScratch(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    openUp(directory)
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

function openUp(directory: string): void {
  if (!lstatSync(directory).isDirectory()) return
  chmodSync(directory, 0o700)
  for (const name of readdirSync(directory)) openUp(join(directory, name))
}
