/** Adds up what agents report, by session, model or day. Pure: nothing is estimated, what nobody says is null. */
import type { Tokens, Usage } from '../protocol/index.ts'
import { addTokens, noTokens, TOKEN_KINDS } from '../protocol/tokens.ts'
import type { UsageRow, UsageView } from '../protocol/usage.ts'
import type { SessionState } from './state.ts'

type Asked = Pick<UsageView, 'by' | 'since'>
type Reporting = SessionState & { usage: Usage }

/** Tokens of one session, model and day; `day` empty: not dated. */
interface Portion {
  session: Reporting
  model: string
  day: string
  tokens: Tokens
}

export function usageView(sessions: readonly SessionState[], asked: Asked, now: number): UsageView {
  const reporting = sessions.filter((s): s is Reporting => s.usage !== null)
  const all = reporting.flatMap(portionsOf)
  const shown = all.filter(({ day }) => asked.since === null || day >= asked.since)
  const rows = rowsOf(shown, asked)
  const left = asked.since === null ? [] : all.filter(({ day }) => day === '')
  const costs = asked.since === null ? reporting.map(costOf) : [null]
  const usd = costs.map((cost) => cost?.usd ?? null)
  return {
    ...asked,
    rows,
    total: {
      ...sum(rows),
      costUsd: usd.length === 0 || usd.includes(null) ? null : usd.reduce<number>((a, b) => a + (b ?? 0), 0),
    },
    windows: windowsOf(reporting, now),
    unreported: sessions.filter((s) => s.usage === null && s.process.everRan).map(({ name }) => name),
    undated: left.reduce((n, { tokens }) => n + amount(tokens), 0),
  }
}

/** By model and day, and without a day what the dated ones leave over. */
function portionsOf(session: Reporting): Portion[] {
  const { byModel, byDay = {} } = session.usage
  return Object.entries(byModel).flatMap(([model, whole]) => {
    const dated = Object.entries(byDay).flatMap(([day, models]) => {
      const tokens = Object.hasOwn(models, model) ? models[model] : undefined
      return tokens ? [{ session, model, day, tokens }] : []
    })
    const told = sum(dated.map(({ tokens }) => tokens))
    const rest = { ...whole }
    for (const kind of [...TOKEN_KINDS, 'requests'] as const)
      rest[kind] = Math.max(0, whole[kind] - told[kind])
    return Object.values(rest).every((count) => count === 0)
      ? dated
      : [...dated, { session, model, day: '', tokens: rest }]
  })
}

function rowsOf(portions: readonly Portion[], { by, since }: Asked): UsageRow[] {
  const groups = new Map<string, Portion[]>()
  for (const portion of portions) {
    const key = by === 'session' ? portion.session.id : portion[by]
    groups.set(key, [...(groups.get(key) ?? []), portion])
  }
  const rows = [...groups].map(([key, group]): UsageRow => {
    const session = group[0]?.session
    return {
      key,
      label: by === 'session' && session ? session.name : key,
      ...sum(group.map(({ tokens }) => tokens)),
      source: 'transcript',
      at: Math.max(...group.map((each) => each.session.usageAt ?? 0)),
      // Money has no day: of a part of the time it is not known.
      cost: by === 'session' && session && since === null ? costOf(session) : null,
    }
  })
  return by === 'day'
    ? rows.sort((a, b) => (a.key < b.key ? 1 : -1))
    : rows.sort((a, b) => amount(b) - amount(a))
}

/** The total that the agent states at its end, else what it showed while it ran. */
function costOf({ usage, usageAt }: Reporting): UsageRow['cost'] {
  if (usage.costUsd !== null) return { usd: usage.costUsd, source: 'transcript', at: usageAt ?? 0 }
  const { told } = usage
  return told && told.costUsd !== null ? { usd: told.costUsd, source: 'status line', at: told.at } : null
}

function windowsOf(sessions: readonly Reporting[], now: number): UsageView['windows'] {
  const newest = new Map<string, UsageView['windows'][number]>()
  for (const s of sessions) {
    const { told } = s.usage
    for (const window of told?.windows ?? []) {
      const key = `${s.brief.agent} ${window.name}`
      const at = told?.at ?? 0
      if ((newest.get(key)?.at ?? -1) >= at) continue
      const over = window.resetsAt !== null && window.resetsAt <= now
      newest.set(key, { ...window, agent: s.brief.agent, session: s.name, source: 'status line', at, over })
    }
  }
  return [...newest.values()]
}

function sum(all: readonly Tokens[]): Tokens {
  const total = noTokens()
  for (const each of all) addTokens(total, each)
  return total
}

/** All tokens, whatever they were for. */
function amount(tokens: Tokens): number {
  return TOKEN_KINDS.reduce((total, kind) => total + tokens[kind], 0)
}
