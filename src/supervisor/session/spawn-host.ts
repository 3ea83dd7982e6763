/** Starts the process of a host: detached, so that it outlives the supervisor. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HOST_SPEC } from '../../platform/access.ts'
import { writeFileDurably } from '../../platform/files.ts'
import type { HostSpec } from '../../protocol/index.ts'
import type { Context } from '../context.ts'

/** Lines of its log that tell why it ended. */
const LOG_LINES = 5

/** @returns how the process ended, null while it has not, and the last that it wrote into its log */
export function spawnHost(ctx: Context, spec: HostSpec): { ended: () => string | null; said: () => string } {
  const { node, entry } = ctx.host
  const file = join(spec.stateDir, HOST_SPEC)
  writeFileDurably(file, JSON.stringify(spec))
  const logFile = join(spec.stateDir, 'host.log')
  const log = openSync(logFile, 'a', 0o600)
  let ended: string | null = null
  try {
    const child = spawn(node, [entry, file], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      // Nothing of the person's environment but what node itself needs: the agent's is in the spec.
      env: { PATH: ctx.env.PATH ?? '', HOME: ctx.env.HOME ?? '/', LANG: ctx.env.LANG ?? 'C.UTF-8' },
    })
    child.on('error', (error) => (ended = error.message))
    child.on('exit', (code, why) => (ended = why ? `ended by ${why}` : `exited with code ${code}`))
    child.unref()
  } finally {
    closeSync(log)
  }
  return {
    ended: () => ended,
    said: () => readFileSync(logFile, 'utf8').trim().split('\n').slice(-LOG_LINES).join('\n'),
  }
}
