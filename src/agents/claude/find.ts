/** Where the person's Claude Code is. */
import { realpathSync } from 'node:fs'
import { run } from '../../platform/run.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Installation } from '../agent.ts'
import { findProgram } from '../../platform/find.ts'

/** The oldest version whose hooks, flags and files were measured. */
const OLDEST = [2, 1, 197] as const
const VERSION_TIMEOUT_MS = 20_000
const INSTALL =
  'Install Claude Code (https://code.claude.com/docs/en/setup), or name the program in WORKTRAIN_CLAUDE.'

/** The program that is named, or stands on PATH; null: there is none. */
export function claudeProgram(env: Record<string, string | undefined>): string | null {
  return findProgram(env.WORKTRAIN_CLAUDE || 'claude', env.PATH ?? '')
}

/**
 * The program `WORKTRAIN_CLAUDE` names, else `claude` on PATH.
 * @returns null when there is none
 * @throws AGENT_NOT_INSTALLED when WORKTRAIN_CLAUDE names none, it does not run, or is too old
 */
export async function findClaude(env: Record<string, string | undefined>): Promise<Installation | null> {
  const named = env.WORKTRAIN_CLAUDE
  const found = claudeProgram(env)
  if (!found) {
    if (!named) return null
    throw new WorktrainError('AGENT_NOT_INSTALLED', `WORKTRAIN_CLAUDE names ${named}, which is no program.`, {
      hint: 'Correct or unset WORKTRAIN_CLAUDE.',
    })
  }
  const asked = await run(found, ['--version'], {
    env: { PATH: env.PATH, HOME: env.HOME },
    timeoutMs: VERSION_TIMEOUT_MS,
  }).catch((error: Error) => error)
  const text = asked instanceof Error ? '' : asked.stdout
  const version = /\d+\.\d+\.\d+/.exec(text)?.[0]
  if (!version) {
    const why = asked instanceof Error ? asked.message : asked.stderr.trim() || `it printed "${text.trim()}"`
    throw new WorktrainError('AGENT_NOT_INSTALLED', `${found} --version gave no version: ${why}.`, {
      hint: INSTALL,
    })
  }
  if (isOlderThan(version, OLDEST)) {
    const oldest = OLDEST.join('.')
    throw new WorktrainError(
      'AGENT_NOT_INSTALLED',
      `${found} is Claude Code ${version}; Worktrain needs ${oldest} or newer.`,
      { hint: 'Update it with `claude update`.' },
    )
  }
  return { path: realpathSync(found), version }
}

/** @param version three numbers with dots */
export function isOlderThan(version: string, other: readonly [number, number, number]): boolean {
  const parts = version.split('.').map(Number)
  for (const [i, least] of other.entries()) {
    const difference = (parts[i] ?? 0) - least
    if (difference !== 0) return difference < 0
  }
  return false
}
