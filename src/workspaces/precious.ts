/** Ignored files that nobody can make again: secrets, keys, databases. */
import { lstatSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { inTrusted } from './trusted.ts'
import type { WorkspaceSpec } from './workspace.ts'

const PRECIOUS =
  /^(\.env(\..*)?|.*\.env|\.envrc|.*\.(db|sqlite3?|pem|key|p12|pfx|jks|keystore|kdbx|ovpn)|id_(rsa|ed25519|ecdsa)|credentials(\..*)?|secrets?\..*|.*\.tfstate)$/i
/** What package managers and builds make again from tracked files. */
const MADE_AGAIN = new Set([
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  'target',
  'dist',
  'build',
  'out',
  '.next',
  '.nuxt',
  '.turbo',
  '.cache',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.tox',
  '.gradle',
  'vendor',
  'Pods',
  'coverage',
  '.parcel-cache',
  '.git',
])
/** Entries looked at in ignored directories; beyond that the answer would come too late. */
const LIMIT = 50_000

/**
 * Precious ignored files whose content the main checkout does not hold at the same place, and ignored
 * directories that were not looked through: they cannot be read, or hold too much.
 */
export async function preciousFiles(
  spec: WorkspaceSpec,
  top: string,
): Promise<{ files: string[]; unknown: string[] }> {
  const { stdout } = await inTrusted(spec, top, [
    'ls-files',
    '-z',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
  ])
  const found: string[] = []
  const unknown: string[] = []
  let left = LIMIT
  const look = (name: string) => {
    if (PRECIOUS.test(basename(name)) && !isSame(join(top, name), join(spec.repository.root, name)))
      found.push(name)
  }
  const entriesIn = (name: string) => {
    try {
      return readdirSync(join(top, name), { withFileTypes: true })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES') unknown.push(`${name}/`)
      // Else it went away since it was listed.
      else if (code !== 'ENOENT') throw error
      return []
    }
  }
  const walk = (name: string) => {
    if (MADE_AGAIN.has(basename(name))) return
    for (const entry of entriesIn(name)) {
      if ((left -= 1) < 0) return
      const below = `${name}/${entry.name}`
      if (entry.isDirectory()) walk(below)
      else if (entry.isFile()) look(below)
    }
  }
  for (const name of stdout.split('\0').filter((each) => each !== '')) {
    if (!name.endsWith('/')) {
      look(name)
      continue
    }
    walk(name.slice(0, -1))
    if (left < 0) unknown.push(name)
    left = Math.max(left, 0)
  }
  return { files: found, unknown }
}

function isSame(a: string, b: string): boolean {
  const one = lstatSync(a, { throwIfNoEntry: false })
  const two = lstatSync(b, { throwIfNoEntry: false })
  if (!one?.isFile()) return true
  if (two?.isFile() !== true || one.size !== two.size) return false
  try {
    return readFileSync(a).equals(readFileSync(b))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false
    throw error
  }
}
