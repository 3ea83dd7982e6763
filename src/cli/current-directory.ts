/** Where a command was called. */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'

/**
 * A directory that is gone, as one may be while a checkout shows a session's work, counts as the nearest one around it
 * that is there, and is where this process goes on, so that whatever it starts has a directory.
 * @param named by the shell: the system no longer knows the name of one that is gone
 */
export function currentDirectory(named: string | undefined): string {
  try {
    return process.cwd()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || named === undefined || !isAbsolute(named))
      throw error
  }
  let directory = named
  while (!existsSync(directory)) directory = dirname(directory)
  process.chdir(directory)
  return directory
}
