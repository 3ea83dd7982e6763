/** Paths as text, for the guard. No disk: whoever calls passes the look at it in. */

/** Real path of something that may not exist yet; throws where there can be none. */
export type RealpathOfNew = (path: string) => string

/** Is `path` the directory itself or below it? */
export function isBelow(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}

/**
 * The path made absolute and tidied as text (`..` takes the name before it away), as agents do it.
 * @param home what `~` means; absent: unknown
 * @returns null when it is not a path that can be understood
 */
export function absolutePath(path: string, cwd: string, home: string | undefined): string | null {
  const rooted = rootedPath(path, cwd, home)
  if (rooted === null) return null
  const names: string[] = []
  for (const name of rooted.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

/** The path as the kernel walks it: a link is followed before the `..` behind it is applied. */
export function physicalPath(
  path: string,
  cwd: string,
  home: string | undefined,
  realpathOfNew: RealpathOfNew,
): string {
  let place = '/'
  for (const name of (rootedPath(path, cwd, home) ?? path).split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') place = realpathOfNew(place).replace(/\/[^/]*$/, '') || '/'
    else place = place === '/' ? `/${name}` : `${place}/${name}`
  }
  return realpathOfNew(place)
}

function rootedPath(path: string, cwd: string, home: string | undefined): string | null {
  if (path.includes('\0')) return null
  if (path.startsWith('/')) return path
  if (path === '~' || path.startsWith('~/')) return home === undefined ? null : home + path.slice(1)
  return `${cwd}/${path}`
}
