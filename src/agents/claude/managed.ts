/**
 * Settings that the machine's administrator has set over everyone's, ours included. Read only to say what
 * they do to the session's guard.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { objectFrom } from './files.ts'

/** Where they are (Claude Code's documentation, "Settings files"). */
const DIRECTORY =
  process.platform === 'darwin' ? '/Library/Application Support/ClaudeCode' : '/etc/claude-code'

/**
 * @param directory where managed-settings.json and managed-settings.d are
 * @returns what of them decides over our hooks
 */
export function managedHooks(directory = DIRECTORY): { forbidden: string | null; urlsRestricted: boolean } {
  let forbidden: string | null = null
  let urlsRestricted = false
  for (const path of filesIn(directory)) {
    const settings = objectFrom(readFileSync(path, 'utf8')) ?? {}
    const locked = settings.strictPluginOnlyCustomization
    const name =
      settings.allowManagedHooksOnly === true
        ? 'allowManagedHooksOnly'
        : settings.disableAllHooks === true
          ? 'disableAllHooks'
          : locked === true || (Array.isArray(locked) && locked.includes('hooks'))
            ? 'strictPluginOnlyCustomization'
            : null
    if (name !== null) forbidden ??= `${name} in ${path}`
    urlsRestricted ||= settings.allowedHttpHookUrls !== undefined
  }
  return { forbidden, urlsRestricted }
}

function filesIn(directory: string): string[] {
  const found: string[] = []
  for (const [parent, wanted] of [
    [directory, /^managed-settings\.json$/],
    [join(directory, 'managed-settings.d'), /^[^.].*\.json$/],
  ] as const) {
    try {
      found.push(
        ...readdirSync(parent)
          .filter((name) => wanted.test(name))
          .map((name) => join(parent, name)),
      )
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error
    }
  }
  return found.sort()
}
