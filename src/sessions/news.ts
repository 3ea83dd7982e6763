/** What a session is told of main, in its own words. Pure. */

/** Names and files that one note holds; `git diff` shows the others. */
const NAMED_MAX = 10

export interface Movement {
  target: string
  main: string
  /** Sessions whose changes landed since the session was last on main, newest last. */
  landed: readonly string[]
}

/** Main has moved, and the session's tree was left alone. */
export function movedNews(moved: Movement, merges: { clean: boolean; files: readonly string[] }): string {
  const rest = merges.clean
    ? 'Your branch still merges with it cleanly. Nothing was changed in your workspace.'
    : `Your branch conflicts with it in: ${listed(merges.files)}. Nothing was changed in your workspace. ` +
      `\`git merge ${moved.main}\` brings it in, if your task is better done on top of it.`
  return `${headline(moved)} ${rest}`
}

/** Main was brought into the session's branch between two turns. */
export function updatedNews(moved: Movement, how: 'merged' | 'rebased', files: readonly string[]): string {
  const what =
    how === 'merged'
      ? `It was merged into your branch between your turns.`
      : `Your commits were put on top of it between your turns: their ids are new.`
  const changed =
    files.length === 0
      ? 'No file of your workspace changed by it.'
      : `Read these files again before you edit them: ${listed(files)}.`
  return `${headline(moved)} ${what} ${changed}`
}

function headline({ target, main, landed }: Movement): string {
  const which = landed.length > 0 ? ` (landed: ${listed(landed)})` : ''
  return `Note from Worktrain: ${target} is now at ${main.slice(0, 10)}${which}.`
}

/** A name may hold a line break, and forge a line of the note. */
function listed(names: readonly string[]): string {
  const shown = names
    .slice(-NAMED_MAX)
    .map((name) => (/[\u0000-\u001f\u007f`]/.test(name) ? JSON.stringify(name) : name))
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : ''
  return shown.join(', ') + more
}
