/** Submodules during a look: the checkout names another commit of them, they themselves stay as they are. */
import { type Changed, changedPaths, inCheckout, isSubmodule, rawEntries, shownPath } from '../git/index.ts'
import { namedFiles } from '../protocol/file-names.ts'
import type { Scene } from './scene.ts'

/** Named in a sentence. */
const NAMED = 5

/** @param changed what a move changed @returns sentences for the person */
export function modulesLeft(changed: readonly Changed[]): string[] {
  const paths = changed.filter(isSubmodule).map(({ path }) => shownPath(path))
  if (paths.length === 0) return []
  return [
    `The session has other submodules than you, or other commits of them: ${namedFiles(paths, NAMED)}. Yours stay as they are. \`git submodule update --init\` lays out what is shown, fetching from where its .gitmodules says; once more when you are back.`,
  ]
}

/** Of submodules that a way back changed, those that are not at the commit the checkout names now. */
export async function modulesElsewhere(
  { repo, place }: Pick<Scene, 'repo' | 'place'>,
  from: string,
  to: string,
): Promise<string[]> {
  const paths = (await changedPaths(repo, place, from, to)).filter(isSubmodule).map(({ path }) => path)
  if (paths.length === 0) return []
  // Of a submodule that is dirty git would be started in it.
  const args = ['diff-files', '--ignore-submodules=dirty', '--raw', '--no-abbrev', '-z']
  const { bytes } = await inCheckout(repo, place, args, { raw: true })
  const moved = rawEntries(bytes).filter((entry) => isSubmodule(entry) && paths.includes(entry.path))
  if (moved.length === 0) return []
  const named = namedFiles(
    moved.map(({ path }) => shownPath(path)),
    NAMED,
  )
  return [
    `Submodules are at other commits than what you have there names: ${named}. See \`git submodule status\`.`,
  ]
}
