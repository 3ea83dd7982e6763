/** Looks for an installed Claude Code that is new enough. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from '../platform/run.ts'
import { WorktrainError } from '../protocol/errors.ts'

type Env = Record<string, string | undefined>

/** The oldest one measured: an older installation is passed over. */
const OLDEST_VERSION = '2.1.197'
/**
 * The program `WORKTRAIN_CLAUDE` names, else the first new enough `claude` on PATH; null: neither.
 * @param passedOver told of each one that is too old or does not run
 * @throws AGENT_NOT_INSTALLED when `WORKTRAIN_CLAUDE` names something that does not run
 */
export async function findInstalled(
  env: Env,
  passedOver: (path: string, version: string) => void,
): Promise<{ path: string; version: string } | null> {
  const named = env['WORKTRAIN_CLAUDE']
  if (named) {
    const version = await versionOf(named, env)
    if (version) return { path: named, version }
    throw new WorktrainError('AGENT_NOT_INSTALLED', `WORKTRAIN_CLAUDE names ${named}, which does not run`, {
      hint: 'Correct or unset WORKTRAIN_CLAUDE.',
    })
  }
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'claude')
    if (directory === '' || !isExecutable(path)) continue
    const version = await versionOf(path, env)
    if (version && !isOlder(version, OLDEST_VERSION)) return { path, version }
    passedOver(path, version ?? 'unknown')
  }
  return null
}

/** The version a program states; null: it does not run, or states none. */
export async function versionOf(path: string, env: Env): Promise<string | null> {
  const asked = await run(path, ['--version'], { env, timeoutMs: 20_000 }).catch(() => null)
  return asked?.code === 0 ? (/\d+\.\d+\.\d+/.exec(asked.stdout)?.[0] ?? null) : null
}

/** Compares versions number by number. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
