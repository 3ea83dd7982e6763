/** The three requests that are no procedures: proof of the listener, login, ticket. */
import { createHmac } from 'node:crypto'
import type { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { WorktrainError } from '../../protocol/index.ts'
import { WEB_PATHS, helloMessage } from '../../protocol/web.ts'
import type { PhoneAccess } from '../../protocol/phone-access.ts'
import type { TicketFor, WebAccess } from '../../protocol/web.ts'
import { bearerOf, jsonOf } from '../app.ts'
import type { Env } from '../app.ts'
import type { OneTimeSecrets } from './secrets.ts'

/** Who has access: kept by the supervisor. `For`: what the code that was shown stands for. */
export interface Grants<For> {
  /** @param label what the browser calls itself. @returns the token, known to nobody else */
  grant(label: string, what: For): Promise<{ token: string; phone?: PhoneAccess }>
  /** The access that a token gives here; null: none, or revoked. */
  find(token: string): Access | null
}

export interface Access {
  id: string
  /** Absent: a browser of this machine. */
  phone?: PhoneAccess
}

/** A connection to come. */
export interface Ticket {
  access: string
  what: TicketFor
}

/** Longest name of a browser that is kept, characters. */
const LABEL_MAX = 200
/** Bytes of the largest request of somebody who has no access yet. */
const STRANGER_MAX = 4096

const Login = z.strictObject({ code: z.string().max(100) })
const Hello = z.strictObject({ challenge: z.string().min(16).max(100) })
const side = z.number().int().positive().max(1000)
const Wanted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('events'), after: z.number().int().min(0) }),
  z.strictObject({
    kind: z.literal('terminal'),
    repo: z.string().max(4096).nullable(),
    name: z.string().min(1).max(200),
    cols: side,
    rows: side,
  }),
])

/** The ways in: a code for a token, and the proof of who gives it. */
export function addAccess<For>(
  app: Hono<Env>,
  options: {
    port: number
    /** Key of the listener's proof: browsers know it, nobody else does. */
    key: string
    codes: OneTimeSecrets<For>
    grants: Grants<For>
    /** What to do for a code. */
    hint: string
  },
): void {
  const { port, key, codes, grants, hint } = options
  app.use(
    '/access/*',
    bodyLimit({
      maxSize: STRANGER_MAX,
      onError: () => {
        throw new WorktrainError('USAGE', `The request is larger than ${STRANGER_MAX} bytes.`)
      },
    }),
  )
  app.post(WEB_PATHS.hello, async (context) => {
    const { challenge } = valid(Hello, await jsonOf(context.req.raw))
    const message = helloMessage(port, challenge)
    const proof = createHmac('sha256', Buffer.from(key, 'base64url')).update(message).digest('base64url')
    return context.json({ ok: true, result: { proof } })
  })
  app.post(WEB_PATHS.login, async (context) => {
    const { code } = valid(Login, await jsonOf(context.req.raw))
    const taken = codes.take(code)
    if (taken === null)
      throw new WorktrainError('ACCESS_DENIED', 'This code is not, or no longer, good: each is good once.', {
        hint,
      })
    const label = context.req.header('user-agent')?.slice(0, LABEL_MAX) ?? 'a browser without a name'
    const result: WebAccess = { ...(await grants.grant(label, taken.value)), key }
    return context.json({ ok: true, result })
  })
}

/** The way to a WebSocket. */
export function addTickets(
  app: Hono<Env>,
  { tickets, grants }: { tickets: OneTimeSecrets<Ticket>; grants: Pick<Grants<unknown>, 'find'> },
): void {
  app.post(WEB_PATHS.ticket, async (context) => {
    const access = grants.find(bearerOf(context))
    if (access === null)
      throw new WorktrainError('ACCESS_DENIED', 'This browser has no access, or no longer.', {
        hint: 'Run `worktrain web` and open the address that it prints.',
      })
    const what = valid(Wanted, await jsonOf(context.req.raw))
    return context.json({ ok: true, result: { ticket: tickets.make({ access: access.id, what }).secret } })
  })
}

function valid<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new WorktrainError('USAGE', z.prettifyError(parsed.error))
}
