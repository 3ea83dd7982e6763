/** The supervisor as a client of the hosts: it starts, adopts, follows and loses them. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { agentFor } from '../../agents/index.ts'
import { HostControl } from '../../client/host.ts'
import { HOST_SPEC, hostToken } from '../../platform/access.ts'
import { readJson } from '../../platform/files.ts'
import { SESSION_MARKER, sweepOrphans } from '../../platform/end.ts'
import { processesOf, processesWithArgument } from '../../platform/processes.ts'
import {
  type HostExit,
  type HostRecord,
  type HostRequest,
  type HostSpec,
  WorktrainError,
  decodeRecords,
} from '../../protocol/index.ts'
import { isLive } from '../../sessions/state.ts'
import { type Context, sessionState, tell } from '../context.ts'
import { outcomeOf } from './records.ts'
import { spawnHost } from './spawn-host.ts'

export interface HostFollower {
  turnEnded: (id: string, reason: string) => Promise<void>
  processEnded: (id: string) => Promise<void>
  /** The agent has done something that may have changed files. */
  filesTouched: (id: string) => void
  /** What a host told was taken in. */
  recordTaken: (id: string) => void
}

/** Starting a host and its emulator takes 72 ms (facts/terminal 3.2); a loaded machine may need far longer. */
const CONNECT_DEADLINE_MS = 20_000

export class Hosts {
  readonly #ctx: Context
  readonly #controls = new Map<string, HostControl>()
  /** Those that are being connected to. */
  readonly #connecting = new Map<string, Promise<boolean>>()
  /** What still follows from records that were taken. */
  readonly #following = new Map<string, Promise<void>>()
  #follower: HostFollower = {
    turnEnded: async () => {},
    processEnded: async () => {},
    filesTouched: () => {},
    recordTaken: () => {},
  }
  /** Those whose host was started by an earlier version, and has shown it. */
  readonly #outdated = new Set<string>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  follow(follower: HostFollower): void {
    this.#follower = follower
  }

  socketOf(id: string): string {
    return join(this.#ctx.paths.sessionRun(id), 'host.sock')
  }

  isConnected(id: string): boolean {
    return this.#controls.has(id)
  }

  /** Starts a detached host and waits until it answers. @throws HOST_UNREACHABLE with the host's own words */
  async start(spec: HostSpec): Promise<void> {
    const host = spawnHost(this.#ctx, spec)
    const deadline = this.#ctx.now() + CONNECT_DEADLINE_MS
    for (;;) {
      if (await this.adopt(spec.session, spec.generation)) return
      // A very short process may have come and gone: its exit status is on disk then.
      const ended = host.ended()
      if (this.exitOf(spec.session)?.generation === spec.generation && ended !== null) return
      if (ended !== null || this.#ctx.now() > deadline) {
        const why = `The session's host ${ended ?? 'does not answer'}. ${host.said()}`
        throw new WorktrainError('HOST_UNREACHABLE', why)
      }
      await delay(20)
    }
  }

  /**
   * Connects to a host that is already there.
   * @returns false when none answers, or an older generation does
   */
  async adopt(id: string, generation: number): Promise<boolean> {
    if (this.#controls.has(id)) return true
    const connecting = this.#connecting.get(id) ?? this.#connect(id, generation)
    this.#connecting.set(id, connecting)
    try {
      return await connecting
    } finally {
      this.#connecting.delete(id)
    }
  }

  async #connect(id: string, generation: number): Promise<boolean> {
    let control: HostControl
    try {
      control = await HostControl.connect(this.socketOf(id), {
        token: hostToken(this.#ctx.paths.sessionState(id)),
      })
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // Reset: it dies while we greet it.
      const gone = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code ?? '')
      if (gone || error instanceof WorktrainError) return false
      throw error
    }
    if (control.hello.session !== id || control.hello.generation !== generation) {
      control.close()
      return false
    }
    this.#controls.set(id, control)
    this.#outdated.delete(id)
    control.onClose(() => {
      if (this.#controls.get(id) !== control) return
      this.#controls.delete(id)
      if (!this.#ctx.stopping.aborted)
        void this.#ctx
          .inOrder(id, () => this.#gone(id))
          .catch((error) => this.#ctx.log.error('host lost', { session: id, error }))
    })
    control.onRecord((record) => {
      void this.#ctx
        .inOrder(id, () => this.#take(id, record))
        .catch((error) => this.#ctx.log.error('record not taken', { session: id, record, error }))
    })
    const state = await sessionState(this.#ctx, id)
    await control.request({ op: 'subscribe', since: state.hostSeq })
    return true
  }

  /** Whoever asks a supervisor that has just started may come before it has looked for this host. */
  async #lookFor(id: string): Promise<HostControl | undefined> {
    const state = await sessionState(this.#ctx, id)
    if (isLive(state)) await this.adopt(id, state.process.generation)
    return this.#controls.get(id)
  }

  /** Was its host seen not to know what this version asks of it? */
  isOutdated(id: string): boolean {
    return this.#outdated.has(id)
  }

  /** @throws HOST_UNREACHABLE; HOST_OUTDATED when its host is of a version that does not know this request */
  async request<T>(id: string, request: HostRequest): Promise<T> {
    const control = this.#controls.get(id) ?? (await this.#lookFor(id))
    if (!control) throw new WorktrainError('HOST_UNREACHABLE', 'The session has no live process.')
    try {
      return (await control.request(request)) as T
    } catch (error) {
      // What is asked here is right by its type: only another version finds it wrong.
      if (!(error instanceof WorktrainError) || error.code !== 'USAGE') throw error
      this.#outdated.add(id)
      const { name } = await sessionState(this.#ctx, id)
      const why = `The host of ${name} was started by an earlier version of Worktrain and cannot do this (${request.op}).`
      throw new WorktrainError('HOST_OUTDATED', why, {
        hint: `worktrain stop ${name}; worktrain resume ${name}`,
        cause: error,
      })
    }
  }

  /** Resolves when everything that followed a session's turns and ends so far is done. */
  async settled(id: string): Promise<void> {
    await this.#ctx.inOrder(id, async () => {})
    await this.#following.get(id)
  }

  #after(id: string, work: Promise<void>): void {
    const mine = Promise.all([this.#following.get(id), work])
      .then(() => {})
      .catch((error: unknown) => this.#ctx.log.error('after the turn', { session: id, error }))
      .finally(() => {
        if (this.#following.get(id) === mine) this.#following.delete(id)
      })
    this.#following.set(id, mine)
  }

  exitOf(id: string): HostExit | null {
    return readJson<HostExit>(join(this.#ctx.paths.sessionState(id), 'exit.json'))
  }

  /** Lets every connection go; the hosts stay. */
  close(): void {
    for (const control of this.#controls.values()) control.close()
    this.#controls.clear()
  }

  /** Ends whatever a vanished host has left running. @returns how many processes there were */
  async sweep(id: string): Promise<number> {
    const orphans = processesOf(null, `${SESSION_MARKER}=${id}`).length
    const stuck = await sweepOrphans(id)
    if (stuck.length > 0) this.#ctx.log.warn('processes could not be ended', { session: id, pids: stuck })
    return orphans
  }

  async #take(id: string, record: HostRecord): Promise<void> {
    const state = await sessionState(this.#ctx, id)
    if (record.seq > state.hostSeq) {
      const meanings = agentFor(state.brief.agent).interpret(record)
      const { drafts, effects } = outcomeOf(record, meanings, state)
      await this.#ctx.journal.append(drafts)
      if (effects.includes('files-touched')) this.#follower.filesTouched(id)
      // Not awaited inside the order: they take their own turn, after the records already waiting.
      if (effects.includes('turn-ended')) this.#after(id, this.#follower.turnEnded(id, 'turn'))
      if (effects.includes('process-ended')) this.#after(id, this.#follower.processEnded(id))
    }
    await this.#controls.get(id)?.request({ op: 'acknowledge', seq: record.seq })
    this.#follower.recordTaken(id)
  }

  /** The connection closed: the host has left (its exit status is on disk) or was killed. */
  async #gone(id: string): Promise<void> {
    const state = await sessionState(this.#ctx, id)
    if (!isLive(state)) {
      this.#tidy(id)
      return
    }
    if (await this.adopt(id, state.process.generation)) return
    await this.settle(id)
  }

  /** The runtime directory of a session whose host has left. */
  #tidy(id: string): void {
    rmSync(this.#ctx.paths.sessionRun(id), { recursive: true, force: true })
  }

  /**
   * Settles a session whose host is not there: from its exit status if it left one, else as lost. Records
   * that the host kept on disk are taken first. Call it within the session's order.
   */
  async settle(id: string): Promise<void> {
    const dir = this.#ctx.paths.sessionState(id)
    for (const record of readRecords(join(dir, 'records.jsonl'))) await this.#take(id, record)
    const state = await sessionState(this.#ctx, id)
    if (!isLive(state)) return
    const { generation } = state.process
    // A host that was just started does not listen yet: it must not be taken for none.
    const deadline = this.#ctx.now() + CONNECT_DEADLINE_MS
    while (processesWithArgument(join(dir, HOST_SPEC)).length > 0 && this.#ctx.now() < deadline) {
      if (await this.adopt(id, generation)) return
      await delay(20)
    }
    const exit = this.exitOf(id)
    if (exit && exit.generation === generation) {
      const { code, signal: by } = exit
      await tell(
        this.#ctx,
        id,
        'process.exited',
        { generation, code, signal: by, asked: state.process.asked },
        { cause: 'exit.json' },
      )
    } else {
      const left = await this.sweep(id)
      const never = state.process.pid === null ? 'it was not started; ' : ''
      const why = `${never}its host ended without an exit status${left > 0 ? `; ${left} left-over processes were ended` : ''}`
      await tell(this.#ctx, id, 'process.lost', { generation, why }, { cause: 'host' })
    }
    this.#tidy(id)
    this.#after(id, this.#follower.processEnded(id))
  }
}

/** Whole lines only: a torn last one means that the host died while writing it, and had told nobody. */
function readRecords(path: string): HostRecord[] {
  try {
    return decodeRecords(readFileSync(path)).records
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
