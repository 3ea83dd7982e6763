/** The three requests that are no procedures: proof of the listener, login, ticket. */
import { createHmac } from 'node:crypto'
import type { Hono } from 'hono'
import { z } from 'zod'
import { WorktrainError } from '../../protocol/index.ts'
import { WEB_PATHS, helloMessage } from '../../protocol/web.ts'
import type { TicketFor, WebAccess } from '../../protocol/web.ts'
import { bearerOf, jsonOf } from '../app.ts'
import type { Env } from '../app.ts'
import type { OneTimeSecrets } from './secrets.ts'

/** Who has access: kept by the supervisor. */
export interface Grants {
  /** @param label what the browser calls itself. @returns the token, known to nobody else */
  grant(label: string): Promise<string>
  /** Id of the access that a token gives; null: none, or revoked. */
  find(token: string): string | null
}

/** A connection to come. */
export interface Ticket {
  access: string
  what: TicketFor
}

/** Longest name of a browser that is kept, characters. */
const LABEL_MAX = 200

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

export function addAccess(
  app: Hono<Env>,
  options: {
    port: () => number
    /** Key of the listener's proof: browsers know it, nobody else does. */
    key: string
    codes: OneTimeSecrets<null>
    tickets: OneTimeSecrets<Ticket>
    grants: Grants
  },
): void {
  const { port, key, codes, tickets, grants } = options
  app.post(WEB_PATHS.hello, async (context) => {
    const { challenge } = valid(Hello, await jsonOf(context.req.raw))
    const message = helloMessage(port(), challenge)
    const proof = createHmac('sha256', Buffer.from(key, 'base64url')).update(message).digest('base64url')
    return context.json({ ok: true, result: { proof } })
  })
  app.post(WEB_PATHS.login, async (context) => {
    const { code } = valid(Login, await jsonOf(context.req.raw))
    if (codes.take(code) === null)
      throw new WorktrainError('ACCESS_DENIED', 'This code is not, or no longer, good: each is good once.', {
        hint: 'Run `worktrain web` for another.',
      })
    const label = context.req.header('user-agent')?.slice(0, LABEL_MAX) ?? 'a browser without a name'
    const result: WebAccess = { token: await grants.grant(label), key }
    return context.json({ ok: true, result })
  })
  app.post(WEB_PATHS.ticket, async (context) => {
    const access = grants.find(bearerOf(context))
    if (access === null)
      throw new WorktrainError('ACCESS_DENIED', 'This browser has no access, or no longer.', {
        hint: 'Run `worktrain web` and open the address that it prints.',
      })
    const what = valid(Wanted, await jsonOf(context.req.raw))
    return context.json({ ok: true, result: { ticket: tickets.make({ access, what }).secret } })
  })
}

function valid<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new WorktrainError('USAGE', z.prettifyError(parsed.error))
}
