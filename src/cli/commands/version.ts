/** `worktrain version`. */
import { WorktrainError } from '../../protocol/errors.ts'
import { VERSION } from '../../protocol/version.ts'
import type { Context } from '../context.ts'
import { running } from '../running.ts'

/** Asks a running supervisor only: to know a version nothing need be started. */
export async function run(ctx: Context): Promise<void> {
  const supervisor = await running(ctx)
    .call('status', {})
    .then(({ version }) => version)
    .catch((error: unknown) => {
      if (error instanceof WorktrainError && error.code === 'SUPERVISOR_UNREACHABLE') return null
      throw error
    })
  const versions = { worktrain: VERSION, node: process.versions.node, supervisor }
  ctx.say(ctx.json ? JSON.stringify(versions, null, 2) : renderVersions(versions))
}

export function renderVersions(v: { worktrain: string; node: string; supervisor: string | null }): string {
  const other = v.supervisor === null ? 'not running' : v.supervisor
  return `worktrain ${v.worktrain} (Node ${v.node}; supervisor ${other})`
}
