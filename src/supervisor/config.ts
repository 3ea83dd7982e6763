/** Loads a repository's configuration: the person's, the shared and the local file, and what can be told without one. */
import { isAbsolute, join, resolve } from 'node:path'
import type { Repository } from '../git/index.ts'
import { detect } from '../partition/detect.ts'
import {
  type Config,
  type ConfigValues,
  executableOf,
  mergeConfig,
  type NotifyKeys,
  parseConfig,
  parseUserConfig,
  untrustedPart,
} from '../partition/index.ts'
import { type OwnFiles, textOf } from './own-files.ts'

export interface LoadedConfig {
  /** What is in force: nothing of the repository's that was not trusted. */
  values: ConfigValues
  sources: Record<string, string>
  files: string[]
  /** What of the repository's own files counts only once trusted. */
  executable: { commands: string[]; hash: string }
  trusted: boolean
  /** Commands for the train where none are configured. */
  detected: { checks: string[]; setup: string[] }
}

/**
 * @param userDir directory of the person's own `config.toml`
 * @param isTrusted has the person trusted executable configuration with this hash?
 * @param own files at the top of the repository
 * @throws CONFIG_INVALID
 */
export async function loadConfig(
  repository: Repository,
  userDir: string,
  isTrusted: (hash: string) => Promise<boolean>,
  own: OwnFiles,
): Promise<LoadedConfig> {
  const files: string[] = []
  const read = (path: string, text: string | null, parse = parseConfig): Config | null => {
    if (text === null) return null
    files.push(path)
    return parse(text, path)
  }
  const user = read(userFile(userDir), textOf(userFile(userDir)), parseUserConfig)
  const ofRepository = async (name: string) => read(join(repository.root, name), await own.text(name))
  const shared = await ofRepository('.worktrain.toml')
  const local = await ofRepository('.worktrain.local.toml')
  const executable = executableOf(shared, local)
  const trusted = executable.commands.length === 0 || (await isTrusted(executable.hash))
  const { values, sources } = trusted
    ? mergeConfig(user, shared, local)
    : mergeConfig(user, shared && untrustedPart(shared), local && untrustedPart(local))
  const directory = values['workspaces.directory']
  if (directory !== null && !isAbsolute(directory))
    values['workspaces.directory'] = resolve(repository.root, directory)
  return {
    values,
    sources,
    files,
    executable,
    trusted,
    detected: detect(await own.names(), await own.text('package.json')),
  }
}

const userFile = (userDir: string): string => join(userDir, 'config.toml')

/** How the person wants to be told, by their own file alone. @throws CONFIG_INVALID */
export function notifyKeys(userDir: string): NotifyKeys {
  const text = textOf(userFile(userDir))
  return (text === null ? null : parseUserConfig(text, userFile(userDir)).notify) ?? {}
}
