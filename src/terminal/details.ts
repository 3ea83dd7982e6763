/** Fetches what an item is shown with. */
import type { Client } from '../client/api.ts'
import type { AttentionItem, AttentionKind } from '../protocol/api.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { type Details, NO_DETAILS } from './item.ts'

const WITH_STAT: readonly AttentionKind[] = ['ready', 'done', 'conflict', 'overlap']
const WITH_SCREEN: readonly AttentionKind[] = ['dialog', 'unknown', 'failed', 'rate-limited']
const LOG_BYTES = 16 * 1024

export async function detailsOf(client: Client, { session, kind }: AttentionItem): Promise<Details> {
  if (session === null) return NO_DETAILS
  const ref = { repo: null, name: session.id }
  const what = kind === 'setup-failed' ? 'setup' : kind === 'ejected' ? 'checks' : null
  const [view, stat, log, screen] = await Promise.all([
    orNull(client.call('session', ref)),
    WITH_STAT.includes(kind) ? orNull(client.call('diff', { ...ref, stat: true })) : null,
    what === null ? null : orNull(client.call('logs', { ...ref, what, bytes: LOG_BYTES })),
    WITH_SCREEN.includes(kind) ? orNull(client.call('screen', ref)) : null,
  ])
  return { session: view, stat: stat?.text || null, log: log?.text ?? null, screen }
}

/** An item is shown with what there is: a log that is gone must not hide the question. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof WorktrainError && error.code !== 'SUPERVISOR_UNREACHABLE') return null
    throw error
  }
}
