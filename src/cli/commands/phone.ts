/** `worktrain phone [--name NAME] [--list|--revoke NAME|--stop]`. */
import type { Outputs, PhoneOpening, PhoneView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { PhoneScope } from '../../protocol/phone-access.ts'
import type { Look } from '../../terminal/look.ts'
import { qrLines } from '../../terminal/qr.ts'
import { age, columns, count, oneLine, wrap } from '../../terminal/text.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input.ts'

interface Options {
  name?: string
  scope?: PhoneScope
  address?: string
  port?: string
  for?: string
  list?: true
  revoke?: string
  stop?: true
}

export async function run(ctx: Context, _args: [], options: Options): Promise<void> {
  const { list, revoke, stop, name, scope, address, port, for: time } = options
  const opening = [name, scope, address, port, time].find((each) => each !== undefined)
  if ([opening, list, revoke, stop].filter((each) => each !== undefined).length > 1)
    throw new WorktrainError('USAGE', '--list, --revoke and --stop stand alone.')
  const client = await ctx.supervisor()
  const show = (view: PhoneView) => ctx.show<'phoneStatus'>(view, (one) => renderPhones(one, ctx.now()))
  if (list) return show(await client.call('phoneStatus', {}))
  if (revoke !== undefined)
    return show(await client.call('phoneRevoke', { name: revoke === 'all' ? null : revoke }))
  if (stop) return show(await client.call('phoneClose', {}))
  const opened = await client.call('phoneOpen', {
    ...(name !== undefined && { name }),
    ...(scope !== undefined && { scope }),
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port: wholeNumber('--port', port, 1024) }),
    ...(time !== undefined && { forMs: timeMs(time) }),
  })
  ctx.show<'phoneOpen'>(opened, (one, look) => renderOpened(one, look, ctx.now()))
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }
const LONGEST_MS = 7 * 24 * 3_600_000

/** @throws USAGE */
function timeMs(text: string): number {
  const [, digits = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  const ms = Number(digits) * (UNITS[unit] ?? 0)
  if (ms > 0 && ms <= LONGEST_MS) return ms
  throw new WorktrainError(
    'USAGE',
    `--for takes a time such as "90m", "8h" or "2d", at most 7d, not "${text}".`,
  )
}

const MAY: Record<PhoneScope, string> = {
  look: 'it may look, and change nothing',
  answer: 'it may look, and settle what waits: answer, message, review, land, hold',
}

export function renderOpened(opened: Outputs['phoneOpen'], look: Look, now: number): string {
  const { url, expiresAt, phone, open, notes } = opened
  const { paint, width, coloured } = look
  return [
    ...notes.flatMap((note) => wrap(note, width)).map((line) => paint('yellow', line)),
    ...qrLines(url, coloured),
    paint('bold', url),
    ...[
      `good for one phone, for ${age(expiresAt - now)}; it is called ${phone.name}, and ${MAY[phone.scope]}`,
      'the phone does not know the certificate, and warns once: go on if it shows this SHA-256',
    ].flatMap((text) => wrap(text, width).map((line) => paint('dim', line))),
    ...halves(open.fingerprint),
    ...[
      `open to the network ${untilWhen(open, now)}`,
      'to end it: worktrain phone --stop',
      `to end this phone's access: worktrain phone --revoke ${phone.name}`,
    ].map((line) => paint('dim', line)),
  ].join('\n')
}

const untilWhen = ({ until }: PhoneOpening, now: number): string =>
  until === null ? 'until the supervisor stops' : `for ${age(until - now)}`

/** Two lines, so that it can be compared. */
function halves(fingerprint: string): string[] {
  const half = Math.ceil(fingerprint.length / 2)
  return [fingerprint.slice(0, half), fingerprint.slice(half)]
}

export function renderPhones({ open, closed, phones }: PhoneView, now: number): string {
  const head =
    open === null
      ? `not open to the network${closed === '' ? '' : ` (closed: ${oneLine(closed)})`}; \`worktrain phone\` opens it`
      : `open to the network at ${open.url} ${untilWhen(open, now)}`
  if (phones.length === 0) return `${head}\nno phone has access`
  const rows = phones.map(({ name, scope, grantedAt, seenAt, connections }) => [
    oneLine(name),
    scope,
    `since ${age(now - grantedAt)}`,
    connections > 0
      ? count(connections, 'connection')
      : seenAt === null
        ? ''
        : `seen ${age(now - seenAt)} ago`,
  ])
  return [head, ...columns(rows)].join('\n')
}
