/** Names in sentences. */

/** The first ten, and how many more there are. */
export function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 10).join(', ')
  return paths.length > 10 ? `${shown} and ${paths.length - 10} more` : shown
}
