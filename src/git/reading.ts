/** Which git commands change nothing but, at most, add objects. */

/** Subcommand -> does it only read, called like this? Options that come before it are the caller's own. */
const READING: Record<string, (rest: readonly string[]) => boolean> = {
  'cat-file': always,
  'check-attr': always,
  'check-ignore': always,
  'check-ref-format': always,
  cherry: always,
  'commit-tree': always,
  config: (rest) => rest.some((arg) => /^--(get|get-all|get-regexp|list)$/.test(arg)),
  'count-objects': always,
  'diff-files': always,
  'diff-index': always,
  'diff-tree': always,
  'for-each-ref': always,
  'ls-files': always,
  'ls-remote': always,
  'ls-tree': always,
  'merge-base': always,
  'merge-tree': always,
  remote: (rest) => rest.length === 0,
  'rev-list': always,
  'rev-parse': always,
  'show-ref': always,
  // With GIT_OPTIONAL_LOCKS=0 it does not write the index back.
  status: always,
  version: always,
  worktree: (rest) => rest[0] === 'list',
}

function always(): boolean {
  return true
}

/** @param args as for git, from the subcommand on */
export function isReading(args: readonly string[]): boolean {
  const [command = '', ...rest] = args
  return Object.hasOwn(READING, command) && READING[command]?.(rest) === true
}
