/** What is known to come through where: the same gaps that `doctor` and each session show. */
import type { Rung } from '../../../src/protocol/index.ts'
import type { Vector } from './vector.ts'

export type Kind = 'sealed' | 'linked'

export interface Column {
  /** `direct`: a process of the session; `session`: the agent's tools in a real session. */
  by: 'direct' | 'session'
  rung: Rung
  kind: Kind
}

/** Name of a gap -> what the sentence about it says, in `gapsOf` and `linkedHoles`. */
const GAPS: Record<string, RegExp> = {
  network: /network is the host's/,
  'path sockets': /unix sockets .*can be connected to/,
  later: /credentials that are put/,
  'home read': /files outside .*can be read/,
  attributes: /mode, owner, times/,
  names: /names in hidden directories/,
  'shared memory': /shared memory/,
  'control group': /its control group/,
  'linked anew': /made it or written it anew/,
  'linked branches': /linked workspace every branch/,
  'linked stash': /stash/,
  'linked objects': /objects/,
  'linked packed': /packed/,
  'linked entry': /its entry in/,
  'linked commondir': /commondir/,
}

/** Sentences that tell what does not work, or what a single attack cannot show. */
const NO_ATTACK = /^(before Linux|agents without hooks)/

/** What comes through with hooks alone: sentence -> attacks that prove it. */
const BY_HAND: readonly { says: RegExp; proof: readonly string[] }[] = [
  { says: /^advisory/, proof: ['M5', 'A9'] },
  { says: /any file of this user/, proof: ['M13', 'M18', 'W9'] },
  { says: /processes of this user/, proof: ['M24', 'M41'] },
]

/**
 * Where what came through and what people are told differ: a gap that is nowhere said, or a sentence that
 * nothing proves any more.
 * @param told what a session of this rung and kind is told
 */
export function disagreements(
  told: readonly string[],
  column: Pick<Column, 'rung' | 'kind'>,
  escaped: readonly Vector[],
): string[] {
  const byHand = (sentence: string) =>
    BY_HAND.find(({ says }) => says.test(sentence))?.proof.every((id) => escaped.some((v) => v.id === id)) ??
    false
  if (column.rung === 'hooks')
    return told
      .filter((each) => !NO_ATTACK.test(each) && !byHand(each))
      .map((each) => `nothing proves: ${each}`)
  const gaps = new Set<string>()
  for (const vector of escaped)
    for (const by of ['direct', 'session'] as const) {
      const gap = knownGap(vector, { by, ...column })
      if (gap) gaps.add(gap)
    }
  const proved = (sentence: string) => [...gaps].some((gap) => GAPS[gap]?.test(sentence))
  return [
    ...[...gaps]
      .filter((gap) => !told.some((each) => GAPS[gap]?.test(each)))
      .map((gap) => `nobody is told: ${gap}`),
    ...told.filter((each) => !NO_ATTACK.test(each) && !proved(each)).map((each) => `nothing proves: ${each}`),
  ]
}

/** Through which gap the attack is known to come in this column; null: it must be stopped. */
export function knownGap(vector: Vector, column: Column): string | null {
  if (column.rung === 'none') return 'nothing is walled'
  if (column.rung === 'hooks') {
    const stopped = vector.hooks === 'stopped' || (vector.hooks !== undefined && column.kind === 'sealed')
    return column.by === 'session' && stopped ? null : 'hooks'
  }
  const words = [column.by, column.rung, column.kind]
  for (const [where, gap] of Object.entries(vector.open ?? {}))
    if (where.split(' ').every((word) => (words as string[]).includes(word))) return gap
  return null
}
