/** The API as an HTTP application: a guard, the procedures; for the socket the event stream. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { EVENTS_PATH, PROCEDURES } from '../protocol/api.ts'
import type { Outputs, Parsed, Procedure } from '../protocol/api.ts'
import { ERRORS, WorktrainError, toErrorBody } from '../protocol/index.ts'
import type { Actor, ErrorCode } from '../protocol/index.ts'
import type { PhoneAccess } from '../protocol/phone-access.ts'
import { streamEvents } from './stream.ts'
import type { EventSource, StreamLimits } from './stream.ts'

/** One function for each procedure: its input is validated, its defaults are filled in. */
export type Handlers = { [P in Procedure]: (input: Parsed<P>, actor: Actor) => Promise<Outputs[P]> }

type Handle = (input: never, actor: Actor) => Promise<unknown>

/** The same handlers with something around each. */
export function around(handlers: Handlers, wrap: (name: Procedure, handle: Handle) => Handle): Handlers {
  const entries = Object.entries(handlers) as [Procedure, Handle][]
  return Object.fromEntries(entries.map(([name, handle]) => [name, wrap(name, handle)])) as Handlers
}

/** The supervisor's log. */
export interface Log {
  error(message: string, facts?: Record<string, unknown>): void
}

/** The person (no session), by an access of a browser or phone or without, or a session. */
export interface Caller {
  session: string | null
  access?: string
  phone?: PhoneAccess
}

export interface AppOptions {
  /** Refuses what no client of ours sends, before anything else looks at it. */
  guard: MiddlewareHandler
  handlers: Handlers
  /** Whose word a bearer token is; null: nobody's. */
  authenticate: (token: string) => Caller | null
  /** Through which program all of it comes; absent: the client says it. */
  via?: string
  log: Log
}

export interface StreamOptions {
  journal: EventSource
  /** Milliseconds since the epoch. */
  now: () => number
  /** Ends the streams when aborted. */
  signal: AbortSignal
  limits?: StreamLimits
}

/** Bytes of the largest request body: a plan file of 1 MiB in JSON fits, whatever it holds. */
const BODY_MAX = 4 * 1024 * 1024

export type Env = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }

export function createApp(options: AppOptions): Hono<Env> {
  const { guard, handlers, log } = options
  const app = new Hono<Env>()
  app.use(guard)
  app.use(
    bodyLimit({
      maxSize: BODY_MAX,
      onError: () => {
        throw new WorktrainError('USAGE', `The request is larger than ${BODY_MAX / 1024 / 1024} MiB.`)
      },
    }),
  )

  app.post('/api/:name', async (context) => {
    const actor = actorOf(context, options)
    const name = context.req.param('name')
    if (!isProcedure(name))
      throw new WorktrainError(
        'SUPERVISOR_STALE',
        `The supervisor does not know "${name}": it is of another version.`,
      )
    const result = await call(handlers, name, await jsonOf(context.req.raw), actor)
    return context.json({ ok: true, result })
  })

  app.notFound((context) => {
    const error = new WorktrainError('USAGE', `There is no ${context.req.method} ${context.req.path}.`)
    return context.json({ ok: false, error: toErrorBody(error) }, 404)
  })

  app.onError((error, context) => {
    const body = toErrorBody(error)
    if (body.code === 'INTERNAL') log.error(body.message, { path: context.req.path, stack: error.stack })
    return context.json({ ok: false, error: body }, statusOf(body.code))
  })
  return app
}

/** Adds the event stream: a session is shown its own. */
export function addEvents(app: Hono<Env>, options: AppOptions & StreamOptions): void {
  const { journal, now, log, signal, limits } = options
  app.get(EVENTS_PATH, async (context) => {
    const actor = actorOf(context, options)
    const after = Number(context.req.query('after') ?? 0)
    if (!Number.isSafeInteger(after) || after < 0)
      throw new WorktrainError('USAGE', 'after: must be a number of an event.')
    const { outgoing } = context.env
    const session = actor.kind === 'agent' ? actor.session : context.req.query('session')
    try {
      await streamEvents(outgoing, journal, {
        after,
        ...(session === undefined ? {} : { session }),
        now,
        signal,
        ...limits,
      })
    } catch (error) {
      // The answer has begun: all that can still be said is that it is not whole.
      log.error(toErrorBody(error).message, {
        path: EVENTS_PATH,
        stack: error instanceof Error ? error.stack : undefined,
      })
      outgoing.destroy()
    }
    return RESPONSE_ALREADY_SENT
  })
}

/** @throws ACCESS_DENIED, USAGE */
function actorOf(context: HonoContext<Env>, options: Pick<AppOptions, 'authenticate' | 'via'>): Actor {
  const owner = options.authenticate(bearerOf(context))
  if (owner === null)
    throw new WorktrainError('ACCESS_DENIED', 'The supervisor answers only who knows its token.')
  if (owner.session !== null) return { kind: 'agent', session: owner.session }
  // It says through which program, not who asks.
  const via = options.via ?? context.req.header('x-worktrain-via') ?? 'api'
  if (/^[a-z][a-z-]{0,19}$/.test(via))
    return {
      ...{ kind: 'person', via },
      ...(owner.phone && { phone: owner.phone }),
      ...(owner.access !== undefined && { access: owner.access }),
    }
  throw new WorktrainError('USAGE', 'x-worktrain-via: must be the name of a client.')
}

/** The token of a request; empty: none. */
export function bearerOf(context: HonoContext<Env>): string {
  return /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
}

function isProcedure(name: string): name is Procedure {
  return Object.hasOwn(PROCEDURES, name)
}

async function call<P extends Procedure>(
  handlers: Handlers,
  name: P,
  body: unknown,
  actor: Actor,
): Promise<Outputs[P]> {
  const parsed = PROCEDURES[name].safeParse(body)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({
      path: fieldPath(issue.path),
      message: issue.message,
    }))
    const message = issues
      .map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message))
      .join('; ')
    throw new WorktrainError('USAGE', `${name}: ${message}`, { details: { issues } })
  }
  return handlers[name](parsed.data as Parsed<P>, actor)
}

/** `['sessions', 0, 'goal']` as `sessions[0].goal`. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return before === '' ? String(key) : `${before}.${String(key)}`
  }, '')
}

/** @throws USAGE */
export async function jsonOf(request: Request): Promise<unknown> {
  const text = await request.text()
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new WorktrainError('USAGE', 'The request is not JSON.', { cause: error })
  }
}

function statusOf(code: ErrorCode): 400 | 401 | 403 | 409 | 422 | 500 {
  if (code === 'ACCESS_DENIED') return 401
  if (code === 'SCOPE_EXCEEDED') return 403
  if (code === 'INTERNAL') return 500
  const { exit } = ERRORS[code]
  if (exit === 2) return 400
  return exit === 1 ? 422 : 409
}
