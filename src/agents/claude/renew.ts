/**
 * Keeps the login alive that sessions share.
 *
 * In its cell a session reads the person's credentials and cannot write them, so none of them renews the
 * login. Claude Code itself does, outside: `claude auth status` renews a login that is about to expire,
 * under the same locks as every other process of the person, and asks no model (seen with 2.1.329: two at
 * once with an expired login sent one refresh; sessions that waited on the old one went on with the new).
 */
import { lstatSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makePrivateDirectory } from '../../platform/files.ts'
import { run } from '../../platform/run.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { Installation } from '../agent.ts'
import { personDirectory } from './files.ts'
import { scrubbedEnvironment } from './launch.ts'
import { findLogin, storedLogin } from './login.ts'

type Env = Record<string, string | undefined>

/** So long before the end Claude Code renews it, and not earlier (2.1.329), ms. */
const EARLY = 5 * 60_000
/** Later than that by a little, so that one call is enough even if a clock is read coarsely, ms. */
const MARGIN = 5_000
/** Its own requests give up long before; a program that was killed while it renews may lose the login. */
const TIMEOUT = 180_000
const TRIES = 5
const BETWEEN_TRIES = 1500

/** @returns from when on the login can be renewed and when it ends; null: it does not end, or cannot be renewed */
export function loginSpan(env: Env): { renewAt: number; endsAt: number } | null {
  if (findLogin(env)?.kind !== 'file') return null
  const { refreshToken, expiresAt } = storedLogin(env)
  if (!refreshToken || expiresAt === null) return null
  return { renewAt: expiresAt - EARLY + MARGIN, endsAt: expiresAt }
}

/**
 * Has Claude Code renew the login where it is. Of the person's directory only the credentials change.
 * @param directory for the configuration that this program needs of its own
 * @throws AGENT_NOT_LOGGED_IN when it ends all the same
 */
export async function renewLogin(
  installation: Installation,
  env: Env,
  directory: string,
  now: () => number,
): Promise<void> {
  makePrivateDirectory(directory)
  // A proxy or a certificate may be named there.
  const settings = join(directory, 'settings.json')
  const theirs = join(personDirectory(env), 'settings.json')
  rmSync(settings, { force: true })
  if (lstatSync(theirs, { throwIfNoEntry: false })) symlinkSync(realpathSync(theirs), settings)
  for (let tries = 1; ; tries++) {
    const result = await run(installation.path, ['auth', 'status', '--json'], {
      cwd: directory,
      env: {
        ...scrubbedEnvironment(env),
        CLAUDE_CONFIG_DIR: directory,
        CLAUDE_SECURESTORAGE_CONFIG_DIR: env.CLAUDE_CONFIG_DIR ?? '',
      },
      timeoutMs: TIMEOUT,
    })
    const span = loginSpan(env)
    if (span === null || now() < span.renewAt) return
    // It does not wait for a process of the person's that is renewing it at this moment.
    if (tries < TRIES) await setTimeout(BETWEEN_TRIES)
    else throw notRenewed(span.endsAt, now(), result.stderr.trim())
  }
}

function notRenewed(endsAt: number, now: number, said: string): WorktrainError {
  const ends = now < endsAt ? 'ends' : 'ended'
  return new WorktrainError(
    'AGENT_NOT_LOGGED_IN',
    `The login of Claude Code ${ends} at ${new Date(endsAt).toISOString()} and could not be renewed${said ? `: ${said}` : ''}.`,
    { hint: 'Check the network, or start `claude` by itself and log in again with /login.' },
  )
}
