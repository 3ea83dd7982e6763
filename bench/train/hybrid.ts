/**
 * The hybrid policy as the fact sheet describes it: cumulative prefixes at cut points of equal probability, and the
 * most probable outcome paths when many changes are red. The product's policy is measured against it.
 */
import type { Plan, PlanInput } from '../../src/train/plan/index.ts'

/** Above this rate the tree: by number of slots. */
const SWITCH: Record<number, number> = { 2: 0.25, 4: 0.15, 8: 0.1 }

export function hybrid(input: PlanInput): Plan {
  const tree = input.failureRate > (SWITCH[input.slots] ?? 1)
  return tree ? paths(input) : cuts(input)
}

function cuts({ queue, trials, slots, failureRate }: PlanInput): Plan {
  const lengths = (verdict: string): number[] =>
    trials
      .filter((each) => each.verdict === verdict && each.members.every((id, at) => id === queue[at]))
      .map(({ members }) => members.length)
  const red = Math.min(...lengths('red'), queue.length + 1)
  const most = Math.min(red - 1, queue.length)
  const running = lengths('running').filter((length) => length <= most)
  const chosen = new Set(running.slice(0, slots))
  const stays = (length: number): number => (1 - failureRate) ** length
  // Without a red prefix the last class holds "none is red" as well.
  const lowest = red <= queue.length ? stays(red) : 0
  for (let cut = 1; cut <= slots && chosen.size < Math.min(slots, most); cut++) {
    const wanted = 1 - (cut / (slots + 1)) * (1 - lowest)
    const length = Math.round(Math.log(wanted) / Math.log(1 - failureRate))
    const free = [...queue.keys()].map((at) => at + 1).filter((each) => each <= most && !chosen.has(each))
    const nearest = free.reduce((a, b) => (Math.abs(b - length) < Math.abs(a - length) ? b : a), free[0] ?? 1)
    if (!chosen.has(Math.min(Math.max(length, 1), most))) chosen.add(nearest)
  }
  const wanted = [...chosen].sort((a, b) => b - a).map((length) => queue.slice(0, length))
  return { wanted, policy: 'cuts', why: 'cut points of equal probability' }
}

function paths({ queue, trials, slots, failureRate }: PlanInput): Plan {
  const verdicts = new Map(trials.map(({ members, verdict }) => [members.join(' '), verdict]))
  const wanted: string[][] = []
  let level: { kept: readonly string[]; at: number; chance: number }[] = [{ kept: [], at: 0, chance: 1 }]
  while (wanted.length < slots && level.length > 0) {
    const next = level.reduce((a, b) => (b.chance > a.chance ? b : a))
    level = level.filter((each) => each !== next)
    const id = queue[next.at]
    if (id === undefined) continue
    const members = [...next.kept, id]
    const verdict = verdicts.get(members.join(' '))
    if (verdict === undefined || verdict === 'running') wanted.push(members)
    const green = verdict === 'green' ? 1 : verdict === 'red' ? 0 : 1 - failureRate
    if (green > 0) level.push({ kept: members, at: next.at + 1, chance: next.chance * green })
    if (green < 1) level.push({ kept: next.kept, at: next.at + 1, chance: next.chance * (1 - green) })
  }
  return { wanted, policy: 'tree', why: 'most probable outcome paths' }
}
