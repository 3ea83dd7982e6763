/** Does in a rehearsal what a person would do: starts the plan, watches, lands what is theirs to land, cleans up. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../client/api.ts'
import { isAlive, processesOf, signal, startTimeOf } from '../platform/processes.ts'
import type { Input, Outputs } from '../protocol/api.ts'
import { WorktrainError, toErrorBody } from '../protocol/errors.ts'
import type { Recorded } from '../protocol/events.ts'
import { BEGINNING, changeOf, tell } from './story.ts'
import type { SessionTold, Story } from './story.ts'
import { CHECKS, EXPECTED } from './week/index.ts'

/** Nothing happened for so long: it is stuck, ms. A check of the sample takes a second, a step of a script two. */
const SILENCE_MS = 120_000
/** Nobody answers a question here: so long after one, nothing else moved, ms. */
const ASKED_SILENCE_MS = 20_000
const SHUTDOWN_MS = 20_000
const STOP_MS = 20_000
const RETRY_MS = 200
const POLL_MS = 20

export type Sessions = Input<'run'>['sessions']

export interface Watching {
  /** Called with every event, before it is folded in. */
  onEvent: (before: Story, event: Recorded) => void
  onStory: (story: Story) => void
  signal: AbortSignal
}

/** What is to be done next. Pure. */
export function next(story: Story): { do: 'wait' } | { do: 'land'; name: string } | { do: 'end' } {
  const { name, after } = EXPECTED.landAfter
  const session = story.sessions.find((each) => each.name === name)
  const ready = session?.stage === 'handed off' && changeOf(story, after)?.state === 'landed'
  if (ready && !changeOf(story, name)) return { do: 'land', name }
  const begun = story.sessions.length > 0
  return begun && story.sessions.every((each) => isOver(story, each)) ? { do: 'end' } : { do: 'wait' }
}

/** It has landed, or was ejected and has answered what the train told it, or can do no more. */
function isOver(story: Story, session: SessionTold): boolean {
  if (session.stage === 'failed') return true
  const change = changeOf(story, session.name)
  if (change?.state === 'landed') return true
  if (session.stage === 'waiting') return session.waitedFor.some((name) => isLost(story, name))
  return change?.state === 'ejected' && (!session.toldBack || session.answer !== null)
}

/** It will not land, so who waits for it waits for ever. */
function isLost(story: Story, name: string): boolean {
  const session = story.sessions.find((each) => each.name === name)
  return session !== undefined && changeOf(story, name)?.state !== 'landed' && isOver(story, session)
}

/**
 * Starts the sessions and follows them to the end.
 * @returns the story, and why it did not come to its end (null: it did)
 */
export async function conduct(
  client: Client,
  repo: string,
  sessions: Sessions,
  watching: Watching,
): Promise<{ story: Story; stuck: string | null }> {
  let story = BEGINNING
  const silence = new AbortController()
  let silenceMs = SILENCE_MS
  const hush = (): NodeJS.Timeout => setTimeout(() => silence.abort(), silenceMs)
  let timer = hush()
  const landing = new Set<string>()
  try {
    await client.call('run', { repo, sessions, checks: CHECKS })
    for await (const event of client.events({ signal: AbortSignal.any([watching.signal, silence.signal]) })) {
      watching.onEvent(story, event)
      story = tell(story, event)
      clearTimeout(timer)
      silenceMs = story.sessions.some((session) => session.trouble !== null) ? ASKED_SILENCE_MS : SILENCE_MS
      timer = hush()
      watching.onStory(story)
      const step = next(story)
      // The story lags behind what was asked: nothing is asked twice.
      if (step.do === 'land' && !landing.has(step.name) && (await land(client, repo, step.name)))
        landing.add(step.name)
      if (step.do === 'end' && (await answered(client, repo, story))) return { story, stuck: null }
    }
  } finally {
    clearTimeout(timer)
  }
  if (watching.signal.aborted) return { story, stuck: 'it was interrupted' }
  return {
    story,
    stuck: `nothing happened for ${silenceMs / 1000} s; ${await whatStands(client, repo, story)}`,
  }
}

/** @returns false while the session is still at the end of its turn: to be asked again with the next event */
async function land(client: Client, repo: string, name: string): Promise<boolean> {
  try {
    await client.call('land', { repo, name })
    return true
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'SESSION_BUSY') throw error
    return false
  }
}

/** An ejected session gets its prompt a moment after the ejection: the end must not be called before. */
async function answered(client: Client, repo: string, story: Story): Promise<boolean> {
  const sessions = await client.call('sessions', { repo, all: true })
  return sessions.every((view) => {
    const told = story.sessions.find((each) => each.id === view.id)
    const ejected = changeOf(story, view.name)?.state === 'ejected'
    return (
      !ejected ||
      told?.answer !== null ||
      view.agent === 'command' ||
      (view.stage === 'active' && view.process.state !== 'running')
    )
  })
}

async function whatStands(client: Client, repo: string, story: Story): Promise<string> {
  const train = await client.call('train', { repo })
  const troubles = story.sessions
    .filter((session) => !isOver(story, session))
    .map((session) => `${session.name} ${session.trouble ?? `is ${session.stage}: ${session.doing}`}`)
  return [...troubles, ...(train.stuck ? [`the train: ${train.stuck}`] : [])].join('; ')
}

/**
 * Removes every session's workspace, as `worktrain rm` does; what is not on main goes to the trash knowingly.
 * @returns what could not be removed and why; and what was refused at first, in its own words
 */
export async function cleanUp(
  client: Client,
  repo: string,
): Promise<{ left: string[]; protectedFirst: { name: string; why: string }[] }> {
  const left: string[] = []
  const protectedFirst: { name: string; why: string }[] = []
  const remove = async (name: string): Promise<void> => {
    const ref = { repo, name }
    const removal = await stoppedFirst(client, ref)
    if (removal.removed) return
    const unsaved = removal.unsaved.map(({ what, detail }) => `${what}: ${detail}`)
    protectedFirst.push({ name, why: [...removal.unsafe, ...unsaved].join('; ') })
    const discarded = await client.call('rm', { ...ref, discard: true })
    if (!discarded.removed) left.push(`${name}: ${discarded.unsafe.join('; ')}`)
  }
  const sessions = await client.call('sessions', { repo, all: false })
  await Promise.all(
    sessions.map(({ name }) =>
      remove(name).catch((error: unknown) => void left.push(`${name}: ${toErrorBody(error).message}`)),
    ),
  )
  return { left, protectedFirst }
}

/** A session whose process is just starting cannot be stopped yet: it is asked again. */
async function stoppedFirst(client: Client, ref: { repo: string; name: string }): Promise<Outputs['rm']> {
  const deadline = performance.now() + STOP_MS
  for (;;) {
    try {
      return await client.call('rm', ref)
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await client.call('stop', ref).catch(() => delay(RETRY_MS))
  }
}

/**
 * Ends what is left of the rehearsal's processes, whoever started them: all of them have its home.
 * @returns how many there were
 */
export function sweep(home: string): number {
  const left = processesOf(null, `HOME=${home}`)
  for (const pid of left) signal(pid, 'SIGKILL')
  return left.length
}

/** Ends the rehearsal's own supervisor; returns when its process is gone. @throws UNAVAILABLE when it stays */
export async function shutDown(client: Client): Promise<void> {
  const { pid } = await client.call('status', {})
  const startTime = startTimeOf(pid)
  await client.call('shutdown', {}).catch((error: unknown) => {
    // It may be gone before its answer is.
    if (!(error instanceof WorktrainError) || error.code !== 'SUPERVISOR_UNREACHABLE') throw error
  })
  const deadline = performance.now() + SHUTDOWN_MS
  while (startTime !== null && isAlive({ pid, startTime })) {
    if (performance.now() > deadline)
      throw new WorktrainError('UNAVAILABLE', `The rehearsal's supervisor (process ${pid}) does not end.`)
    await delay(POLL_MS)
  }
}
