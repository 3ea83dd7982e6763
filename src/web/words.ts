/** States as words for the person. Pure. */
import type { SessionView } from '../protocol/api.ts'

/** A duration, ms, as one or two units. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  if (s < 60) return `${s} s`
  const m = Math.floor(s / 60)
  if (m < 60) return `${m} min`
  const h = Math.floor(m / 60)
  if (h < 48) return m % 60 === 0 || h > 9 ? `${h} h` : `${h} h ${m % 60} min`
  return `${Math.floor(h / 24)} d`
}

/** Characters that would show something else than is there: controls, and those that turn the direction of text. */
const DECEIVING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** Text of an agent, a file or a branch, with what cannot be seen made visible. */
export function visible(text: string): string {
  return text.replace(DECEIVING, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20
      ? String.fromCodePoint(0x2400 + code)
      : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`
  })
}

/** The same on one line, at most `max` characters. */
export function oneLine(text: string, max = 300): string {
  const line = visible(text.replace(/\s+/g, ' ').trim())
  return line.length > max ? `${line.slice(0, max - 1)}…` : line
}

/** What it is doing, in a word or two. */
export function doing(s: SessionView): string {
  if (s.question !== null) return ASKS[s.question.kind]
  if (s.stage !== 'active' && s.stage !== 'handed-off') return STAGES[s.stage] ?? s.stage
  if (s.process.state === 'lost') return 'interrupted'
  if (s.process.state === 'exited' && s.activity.state !== 'idle') return 'ended'
  return ACTIVITIES[s.activity.state] ?? s.activity.state
}

/** What it waits for says more than what was seen last. */
const ASKS = { permission: 'asks for permission', question: 'asks', plan: 'has a plan' } as const

const STAGES: Record<string, string> = {
  planned: 'planned',
  waiting: 'waits',
  preparing: 'being prepared',
  'in-review': 'in review',
  'on-train': 'on the train',
  landed: 'landed',
  discarded: 'discarded',
}

const ACTIVITIES: Record<string, string> = {
  working: 'working',
  'needs-permission': 'asks for permission',
  'needs-answer': 'asks',
  'plan-ready': 'has a plan',
  idle: 'idle',
  'rate-limited': 'rate limited',
  failing: 'failing',
  unknown: 'unknown',
}

/** Lines added and removed, as its handoff observed them; null: not known. */
export function sizeOf(s: SessionView): { files: number; added: number; removed: number } | null {
  const files = s.handoff?.observed.files
  if (!files || files.length === 0) return null
  const sum = (side: 'added' | 'removed') => files.reduce((total, file) => total + (file[side] ?? 0), 0)
  return { files: files.length, added: sum('added'), removed: sum('removed') }
}

/** Last part of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? path
}
