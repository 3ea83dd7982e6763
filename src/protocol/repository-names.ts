/** How repositories are called beside each other. Pure. */

/** Each of these paths by as few of its last parts as tell it from the others. */
export function namesOf(paths: readonly string[]): Map<string, string> {
  const end = (path: string, parts: number): string =>
    path.replace(/\/+$/, '').split('/').slice(-parts).join('/')
  const nameOf = (path: string): string => {
    for (let parts = 1; ; parts++) {
      const name = end(path, parts)
      const alone = paths.every((other) => other === path || end(other, parts) !== name)
      if (alone || parts > path.split('/').length) return name
    }
  }
  return new Map(paths.map((path) => [path, nameOf(path)]))
}
