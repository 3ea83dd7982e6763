/** One session's host: wires terminal, screen, logs, hooks, socket and kill together. */
import { once } from 'node:events'
import { unlinkSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../platform/files.ts'
import { bootId, ownIdentity, startTimeOf } from '../platform/processes.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { HOST_IDENTITY, HOST_PROTOCOL } from '../protocol/host.ts'
import type { HostExit, HostIdentity, HostRecordBody, HostSpec, HostStatus } from '../protocol/host.ts'
import { Between } from './between.ts'
import { Checkpoint } from './checkpoint.ts'
import { TerminalDenials } from './denials.ts'
import { serveConnection } from './connection.ts'
import { serveControl } from './control.ts'
import type { Operations } from './control.ts'
import { serveHooks } from './hooks.ts'
import { SESSION_MARKER, killTree } from '../platform/end.ts'
import { onceEach } from './prompts.ts'
import { openPty } from './pty.ts'
import type { Pty } from './pty.ts'
import { HeldQuestions } from './questions.ts'
import { RawLog } from './rawlog.ts'
import { RecordLog } from './records.ts'
import { OutputRing } from './ring.ts'
import { listenPrivately } from './socket.ts'
import { SessionScreen } from './terminal.ts'
import { steadyTitle } from './title.ts'
import { Viewers } from './viewers.ts'
import type { Size } from './viewers.ts'

/** Unparsed bytes at which reading the terminal pauses and goes on: the emulator's own pace, nobody else's. */
const PAUSE_ABOVE = 512 * 1024
const RESUME_BELOW = 128 * 1024
/** After a pause it rests for so many times as long as that took: a flood has half of a processor at most. */
const REST_SHARE = 1
/** Wait before the exit status is written again after a failure (a full disk), milliseconds. */
const RETRY_AFTER = 1000
/** Time that clients have to read the last answers, milliseconds. */
const FLUSH_WITHIN = 1000

export interface RunningHost {
  identity: HostIdentity
  /** Ends the session's processes, then leaves whether or not its records were taken: they are on disk. */
  shutDown: (grace: number) => Promise<void>
}

/**
 * Starts the session's program and serves it.
 * @param leave ends this process
 * @throws SocketTaken when a live host serves the session; the listen error when the hook port is taken
 */
export async function startHost(spec: HostSpec, leave: () => void): Promise<RunningHost> {
  const now = (): number => Date.now()
  const complain = (what: string) => (error: unknown) => console.error(new Date().toISOString(), what, error)
  const { session, generation } = spec
  makePrivateDirectory(spec.stateDir)
  const exitFile = join(spec.stateDir, 'exit.json')

  let guard = spec.guard
  let exit: HostExit | null = null
  let lastOutputAt: number | null = null
  let asked = 0
  let size: Size = { cols: spec.cols, rows: spec.rows }
  /** The exit record is on disk as well. */
  let told = false
  let killing = 0
  let leaving = false
  const connections = new Set<Socket>()
  const ready = Promise.withResolvers<void>()
  const whenTold = Promise.withResolvers<void>()

  const socketFile = join(spec.runDir, 'host.sock')
  const identityFile = join(spec.runDir, HOST_IDENTITY)
  const server = await listenPrivately(socketFile, (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    void ready.promise.then(() =>
      serveConnection(socket, { hello, token: spec.token, control, viewer, input: type }),
    )
  })

  const records = new RecordLog(join(spec.stateDir, 'records.jsonl'), generation, now, complain('records'))
  const append = (body: HostRecordBody): Promise<void> => records.append(body)
  const between = new Between(spec.news ?? null)
  const questions = new HeldQuestions(append, now, () => `${generation}-${++asked}`)
  if (spec.hooks !== null) {
    await serveHooks(spec.hooks, {
      append,
      questions,
      between,
      guard: () => guard,
      log: (what, error) => complain(what)(error),
    })
  }

  const rawLog = new RawLog(spec.stateDir, spec.rawLogCap, complain('raw log'))
  const ring = new OutputRing()
  const screen = new SessionScreen({
    cols: spec.cols,
    rows: spec.rows,
    scrollback: spec.scrollback,
    reply: (data) => type(Buffer.from(data, 'latin1')),
    onTitle: steadyTitle((title) => void append({ kind: 'title', title })),
  })
  // An agent with hooks tells of each tool's own output; its screen would only tell it again.
  const denials =
    spec.hooks === null && spec.guard?.kernel
      ? new TerminalDenials(
          () => guard,
          now,
          ({ path, why, instead }) => {
            const target = { tool: 'terminal', target: path, agentId: null }
            void append({ kind: 'refusal', source: 'kernel', why, instead, ...target })
          },
        )
      : null
  const checkpoint = new Checkpoint(spec.stateDir, screen, complain('checkpoint'))
  const viewers = new Viewers(screen, ring, resize, maybeLeave)
  removeIfThere(exitFile)

  let pausedAt: number | null = null
  const pty: Pty = openPty(spec, { output, exit: (code, signal) => ended(code, signal) })
  const identity: HostIdentity = {
    protocol: HOST_PROTOCOL,
    session,
    generation,
    ...ownIdentity(),
    bootId: bootId(),
    child: { pid: pty.pid, startTime: startTimeOf(pty.pid) ?? 'ended' },
  }
  const hello = { protocol: HOST_PROTOCOL, role: 'host' as const, session, generation }
  const control = (socket: Socket) => serveControl(socket, operations, records)
  const viewer: Viewers['add'] = (socket, since, size) => viewers.add(socket, since, size)
  records.onChange(maybeLeave)
  writeFileDurably(identityFile, JSON.stringify(identity))
  void append({ kind: 'started', pid: pty.pid })

  const kill = async (grace: number): Promise<{ left: number[] }> => {
    const marker = `${SESSION_MARKER}=${session}`
    killing++
    try {
      return { left: await killTree(exit === null ? pty.pid : null, marker, grace) }
    } finally {
      killing--
      maybeLeave()
    }
  }
  const prompt = onceEach({ append, type, open: () => questions.open, quiet: () => records.quiet })
  const operations: Operations = {
    status,
    screen: ({ styled }) =>
      new Promise((resolve) => screen.barrier(() => resolve(screen.text(lastOutputAt, styled)))),
    acknowledge: ({ seq }) => records.acknowledge(seq),
    input: ({ data, base64 }) => {
      if (exit !== null) throw new WorktrainError('SESSION_WRONG_STATE', "The session's process has ended.")
      type(Buffer.from(data, base64 ? 'base64' : 'utf8'))
    },
    prompt: (request) => {
      if (exit !== null) throw new WorktrainError('SESSION_WRONG_STATE', "The session's process has ended.")
      return prompt(request)
    },
    resize,
    answer: async ({ question, body }) => {
      if (await questions.close(question, 'outside', body)) return
      throw new WorktrainError(
        'QUESTION_UNKNOWN',
        `No question ${question} is open: it was answered already.`,
      )
    },
    close: ({ question }) => questions.close(question, 'terminal'),
    guard: ({ policy }) => {
      guard = policy
    },
    tell: (news) => between.tell(news),
    hold: ({ ms }) => {
      between.hold(ms)
      return { quiet: records.quiet }
    },
    release: () => between.release(),
    kill: ({ grace }) => kill(grace),
    quit: () => {
      if (!told) throw new WorktrainError('SESSION_WRONG_STATE', "The session's process is running.")
      if (!records.settled)
        throw new WorktrainError('SESSION_WRONG_STATE', 'Records wait to be acknowledged.')
      // The answer goes out first.
      setImmediate(goAway)
    },
  }
  ready.resolve()
  return {
    identity,
    async shutDown(grace) {
      await kill(grace)
      await whenTold.promise
      goAway()
    },
  }

  function output(bytes: Uint8Array): void {
    const offset = ring.end
    lastOutputAt = now()
    rawLog.write(bytes)
    ring.push(bytes, screen.parsed)
    screen.write(bytes, () => {
      if (pausedAt === null || screen.backlog > RESUME_BELOW) return
      setTimeout(() => pty.resume(), (performance.now() - pausedAt) * REST_SHARE)
      pausedAt = null
    })
    viewers.output(bytes, offset)
    denials?.take(bytes)
    checkpoint.touch(lastOutputAt)
    if (pausedAt !== null || screen.backlog < PAUSE_ABOVE) return
    pausedAt = performance.now()
    pty.pause()
  }

  function type(bytes: Uint8Array): void {
    pty.write(bytes)
  }

  function resize(next: Size): void {
    if (size.cols === next.cols && size.rows === next.rows) return
    size = { cols: next.cols, rows: next.rows }
    screen.resize(size.cols, size.rows)
    pty.resize(size.cols, size.rows)
  }

  function ended(code: number | null, signal: string | null): void {
    const status: HostExit = { session, generation, code, signal, at: now(), bytes: ring.end }
    checkpoint.write(() => tellExit(status))
  }

  /** On disk before anyone is told: a host killed in between has still said how it ended. */
  function tellExit(status: HostExit): void {
    try {
      writeFileDurably(exitFile, JSON.stringify(status))
    } catch (error) {
      complain('exit.json')(error)
      setTimeout(() => tellExit(status), RETRY_AFTER)
      return
    }
    exit = status
    const { code, signal } = status
    void questions
      .end()
      .then(() => append({ kind: 'exit', code, signal }))
      .then(() => {
        told = true
        whenTold.resolve()
        viewers.end({ code, signal })
        maybeLeave()
      })
  }

  function status(): HostStatus {
    return {
      identity,
      running: exit === null,
      exit,
      ...size,
      bytes: ring.end,
      viewers: viewers.count,
      lastOutputAt,
      lastRecord: records.last,
      title: screen.title,
      openQuestions: questions.open,
      bracketedPaste: screen.bracketedPaste,
    }
  }

  /** The final screen is served until its records are taken and nobody looks any more. */
  function maybeLeave(): void {
    if (told && killing === 0 && records.settled && viewers.count === 0) setImmediate(goAway)
  }

  function goAway(): void {
    if (leaving) return
    leaving = true
    server.close()
    removeIfThere(socketFile)
    removeIfThere(identityFile)
    // What was answered still goes out, unless the other side does not read.
    const impatient = setTimeout(leave, FLUSH_WITHIN)
    const closed = [...connections].map((socket) => once(socket, 'close'))
    for (const socket of connections) socket.end()
    void Promise.all(closed).then(() => {
      clearTimeout(impatient)
      leave()
    })
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
