/**
 * The session file: `sessions/<pid>.json` in the session's own configuration directory.
 *
 * Undocumented, but it is what `claude agents --json` prints, and the only witness of an interrupt. The
 * pid in its name is that of the cell's own pid namespace, so it is not looked at: whatever lies there is
 * of this session, and {@link prepareConfig} removes what earlier processes left.
 */
import { join } from 'node:path'
import type { Activity, ActivityState } from '../../protocol/index.ts'
import type { Observation, ObserveContext } from '../agent.ts'
import { asText, namesIn, readObject, sessionFiles } from './files.ts'
import { activityFromTranscript } from './testimony.ts'
import { transcriptOf } from './transcript.ts'

const FILE_MAX = 64 * 1024
/** One a process of the cell; a session that makes more is not worth the time. */
const FILES_MAX = 64

/** @returns null when neither session file nor transcript says anything: the process has not come up */
export async function observeClaude(context: ObserveContext): Promise<Observation | null> {
  const files = sessionFiles(context.stateDir)
  const directory = join(files.config, 'sessions')
  let newest: Record<string, unknown> | null = null
  for (const name of (await namesIn(directory)).slice(0, FILES_MAX)) {
    if (!name.endsWith('.json')) continue
    const file = await readObject(join(directory, name), FILE_MAX)
    if (file && timeOf(file) > (newest ? timeOf(newest) : -1)) newest = file
  }
  if (!newest) {
    const transcript = context.conversation ? await transcriptOf(files.config, context.conversation) : null
    const activity = transcript ? await activityFromTranscript(transcript) : null
    return activity ? { activity, conversation: null } : null
  }
  const id = asText(newest.sessionId)
  return {
    activity: activityOf(newest),
    conversation: id ? { id, transcript: await transcriptOf(files.config, id) } : null,
  }
}

/** What the file says; null when it says nothing known: it appears before the first status. */
export function activityOf(file: Record<string, unknown>): Activity | null {
  const status = asText(file.status)
  const waitingFor = asText(file.waitingFor)
  const state = stateOf(status, waitingFor)
  if (!state) return null
  const evidence = `session file: ${status}${waitingFor ? `, ${waitingFor}` : ''}`
  return { state, source: 'file', at: timeOf(file), evidence }
}

function stateOf(status: string, waitingFor: string): ActivityState | null {
  switch (status) {
    case 'busy':
      return 'working'
    case 'idle':
      return 'idle'
    case 'waiting':
      // `input needed`: a question; `dialog open`: a panel such as /help that a person opened.
      return waitingFor === 'permission prompt' ? 'needs-permission' : 'needs-answer'
    default:
      return null
  }
}

function timeOf(file: Record<string, unknown>): number {
  const at = file.statusUpdatedAt ?? file.updatedAt ?? file.startedAt
  return typeof at === 'number' && Number.isFinite(at) ? at : 0
}
