/** How directories and files were, to see what an attack changed and to put it back. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

interface Kept {
  type: 'directory' | 'file' | 'link'
  /** Content, or where a link leads. */
  content: string
  mode: number
  mtime: Date
  /** Any change moves it, and nobody can set it. */
  ctimeMs: number
}

export interface Keep {
  /** Is this path missing, new or different now? */
  changed: (path: string) => boolean
  /** Puts everything back as it was, in place: what is mounted elsewhere stays the same file. */
  restore: () => void
}

/**
 * @param roots directories kept whole, with all that is below
 * @param single further paths kept alone; one that does not exist is removed again
 */
export function keepAs(roots: readonly string[], single: readonly string[] = []): Keep {
  const kept = new Map<string, Kept>()
  for (const path of [...roots.flatMap(below), ...single]) {
    const now = look(path)
    if (now) kept.set(path, now)
  }
  const differs = (path: string): boolean => {
    const [was, now] = [kept.get(path), look(path)]
    if (!was || !now) return was !== now
    if (was.ctimeMs === now.ctimeMs && was.type === now.type) return false
    const [wasTime, nowTime] = [was.mtime.getTime(), now.mtime.getTime()]
    const moved = was.type === 'file' && wasTime !== nowTime
    return moved || was.type !== now.type || was.content !== now.content || was.mode !== now.mode
  }
  return {
    changed: differs,
    restore() {
      const extra = [...roots.flatMap(below), ...single].filter((path) => !kept.has(path))
      for (const path of extra) rmSync(path, { recursive: true, force: true })
      for (const [path, was] of kept) {
        if (!differs(path)) continue
        put(path, was)
        const now = look(path)
        if (now) kept.set(path, { ...was, ctimeMs: now.ctimeMs })
      }
    },
  }
}

function put(path: string, was: Kept): void {
  const now = look(path)
  // What is neither file, directory nor link (a pipe) would be opened, and waited for.
  if (now?.type !== was.type) rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  if (was.type === 'directory') mkdirSync(path, { recursive: true })
  else if (was.type === 'link') {
    rmSync(path, { force: true })
    symlinkSync(was.content, path)
    return
  } else {
    // Objects of git are read-only files.
    if (now?.type === 'file' && (now.mode & 0o200) === 0) chmodSync(path, 0o600)
    writeFileSync(path, was.content, 'latin1')
  }
  chmodSync(path, was.mode)
  if (was.type === 'file') utimesSync(path, was.mtime, was.mtime)
}

function below(root: string): string[] {
  const found: string[] = []
  const walk = (path: string): void => {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (!stat) return
    found.push(path)
    if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name))
  }
  walk(root)
  return found
}

function look(path: string): Kept | null {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat || !(stat.isDirectory() || stat.isFile() || stat.isSymbolicLink())) return null
  const [mode, mtime, ctimeMs] = [stat.mode & 0o7777, stat.mtime, stat.ctimeMs]
  if (stat.isDirectory()) return { type: 'directory', content: '', mode, mtime, ctimeMs }
  if (stat.isSymbolicLink()) return { type: 'link', content: readlinkSync(path), mode, mtime, ctimeMs }
  return { type: 'file', content: readFileSync(path, 'latin1'), mode, mtime, ctimeMs }
}
