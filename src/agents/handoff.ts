/** The handoff: asked for in words, read back from whatever came. */
import { HANDOFF_BLOCK, withoutHandoff } from '../protocol/handoff-block.ts'
import { parse } from 'yaml'
import type { HandoffClaims } from '../protocol/index.ts'
import { isReview, repliesOf } from './review-replies.ts'

/** Appended to the first prompt of an agent that reads prose. */
export const HANDOFF_REQUEST = `When the work is done and committed, end your last message with a report in exactly this form, one fenced block labelled handoff with YAML in it:

\`\`\`handoff
files_changed:
  - path/of/a/file
behaviour_changed: |
  What now behaves differently for someone who uses or calls this.
commands_run:
  - npm test
risks: |
  What may be wrong, and what you did not check. "none" if there is nothing.
follow_up: |
  What should come next. "none" if there is nothing.
\`\`\`

List only files you changed and commands you really ran; both are compared with what was observed.`

type Key = Exclude<keyof HandoffClaims, 'review'>

/** Spellings of each key, without case and punctuation. */
const KEYS: Record<string, Key> = {
  fileschanged: 'filesChanged',
  files: 'filesChanged',
  changedfiles: 'filesChanged',
  behaviourchanged: 'behaviourChanged',
  behaviorchanged: 'behaviourChanged',
  behaviour: 'behaviourChanged',
  behavior: 'behaviourChanged',
  summary: 'behaviourChanged',
  commandsrun: 'commandsRun',
  commands: 'commandsRun',
  risks: 'risks',
  knownrisks: 'risks',
  risk: 'risks',
  followup: 'followUp',
  followups: 'followUp',
  nextsteps: 'followUp',
}

const LISTS: ReadonlySet<Key> = new Set(['filesChanged', 'commandsRun'])

/**
 * What of a message is meant for a person: all but its handoff, which is for Worktrain. Of a message that
 * holds nothing else, what the handoff says has changed.
 */
export function spokenIn(message: string): string {
  return withoutHandoff(message) || (readHandoff(message)?.behaviourChanged ?? '')
}

/**
 * Reads the last block labelled `handoff` in a message. A block that is not valid YAML is read line by
 * line: a colon in prose must not cost the report.
 * @returns null when there is no block, or none of the keys in it
 */
export function readHandoff(message: string): HandoffClaims | null {
  const blocks = [...message.matchAll(HANDOFF_BLOCK)]
  const text = blocks.at(-1)?.[2]
  return text === undefined ? null : parseHandoff(text)
}

/** Reads a report on its own, YAML or nearly. Null when it holds none of the keys. */
export function parseHandoff(text: string): HandoffClaims | null {
  const entries = asYaml(text) ?? asLines(text)
  const claims: HandoffClaims = {
    filesChanged: [],
    behaviourChanged: '',
    commandsRun: [],
    risks: '',
    followUp: '',
  }
  let found = false
  for (const [name, value] of entries) {
    const word = name.toLowerCase().replace(/[^a-z]/g, '')
    if (isReview(word)) {
      const review = repliesOf(value)
      found ||= review.length > 0
      if (review.length > 0) claims.review = review
      continue
    }
    const key = Object.hasOwn(KEYS, word) ? KEYS[word] : undefined
    if (!key) continue
    found = true
    const items = (Array.isArray(value) ? value : [value]).map(inWords).filter(Boolean)
    if (key === 'filesChanged' || key === 'commandsRun')
      claims[key] = items
        .flatMap((item) => item.split('\n'))
        .map(asItem)
        .filter((item) => !isNone(item))
    else claims[key] = items.filter((item) => !isNone(item)).join('\n')
  }
  return found ? claims : null
}

function asYaml(text: string): [string, unknown][] | null {
  try {
    const value: unknown = parse(text, { uniqueKeys: false, maxAliasCount: 0 })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null
  } catch {
    return null
  }
}

/** `key: value`, with what follows belonging to it until the next known key. */
function asLines(text: string): [string, unknown][] {
  const entries: [string, string[]][] = []
  for (const line of text.split('\n')) {
    const start = /^\s*([A-Za-z][A-Za-z _-]*?)\s*:\s*(.*)$/.exec(line)
    const name = start?.[1]?.toLowerCase().replace(/[^a-z]/g, '') ?? ''
    if (start && (Object.hasOwn(KEYS, name) || isReview(name)))
      entries.push([name, [(start[2] ?? '').replace(/^[|>][+-]?$/, '')]])
    else entries.at(-1)?.[1].push(line)
  }
  return entries.map(([name, lines]) => {
    const value = lines.map((line) => line.trim()).filter(Boolean)
    const key = KEYS[name]
    return [name, key && LISTS.has(key) ? value.flatMap(itemsOf) : value.join('\n')]
  })
}

/** `[a, b]` is a list also where the rest is not YAML. */
function itemsOf(line: string): string[] {
  const inside = /^\[(.*)\]$/.exec(line)?.[1]
  return inside === undefined ? [line] : inside.split(',').map((item) => item.trim())
}

/** A YAML item such as `npm test: passed` is a map by accident. */
function inWords(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'object') return JSON.stringify(value) ?? ''
  if (Array.isArray(value)) return value.map(inWords).join('\n')
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${inWords(inner)}`)
    .join(', ')
}

function asItem(item: string): string {
  return item
    .trim()
    .replace(/^[-*]\s+/, '')
    .replace(/^`(.*)`$/, '$1')
}

function isNone(text: string): boolean {
  return /^(none|n\/a|nothing|-|\[\])?\.?$/i.test(text.trim())
}
