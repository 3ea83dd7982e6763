/** Chooses candidates one after the other: each the one that adds most to what the others will tell. */
import { type Fork, addCut, fork, redBelow } from './fork.ts'
import type { Known, Path } from './known.ts'
import { type Worth, worthOfCut, worthOfStep } from './worth.ts'

export interface Choice extends Path, Worth {
  running: boolean
  /** Probability that it is green, given what is known. */
  green: number
}

export interface Rules {
  slots: number
  /** Expected share of red changes, between 0 and 1, not one of them. */
  rate: number
  /** Add one change at a time only, so that every step in between is tested. */
  steps: boolean
}

/**
 * A candidate that is worth less is not begun beside others, unless it surely settles a change: more often than not it
 * is aborted, and it slows the others down. With 8 slots, 0.1 would save up to 3 % of the time for up to 10 % more checks, 0.3 lose 15 to 20 % of it.
 */
const LEAST = 0.2
/** Below this, what runs tells nothing any more. */
const NOTHING = 1e-9

/** @returns at most one candidate for each slot; those that run and still tell something first */
export function choose(known: Known, { slots, rate, steps }: Rules): Choice[] {
  const worth = steps ? worthOfStep : worthOfCut
  const forks = new Map<string, Fork>()
  /** Forks in which candidates are looked for: what the chosen ones tell leads to them. */
  const open: Fork[] = []
  /** Best new candidate of a fork, as long as its cuts stay. */
  const bests = new Map<Fork, Choice | null>()
  const chosen: Choice[] = []
  enter(forkOf([]))

  for (const each of runningOnes().slice(0, slots)) take(each)
  while (chosen.length < slots) {
    const best = bestNew()
    if (!best || (best.gain < LEAST && best.settles < 1 - NOTHING && chosen.length > 0)) break
    take(best)
  }
  return chosen

  function forkOf(out: readonly number[]): Fork {
    const key = out.join()
    const found = forks.get(key)
    if (found) return found
    const last = out.at(-1)
    const parent = last === undefined ? null : forkOf(out.slice(0, -1))
    const chance =
      parent && last !== undefined ? parent.chance * (redBelow(parent, last + 1) - redBelow(parent, last)) : 1
    const made = fork(known, rate, out, chance)
    forks.set(key, made)
    return made
  }

  /** Where both neighbouring cuts are tested the change between them is known to be red: what follows then? */
  function enter(from: Fork): void {
    if (!open.includes(from)) open.push(from)
    from.cuts.forEach((cut, index) => {
      if (cut - 1 !== from.cuts[index - 1]) return
      const next = forkOf([...from.out, cut - 1])
      if (next.chance > 0 && !open.includes(next)) enter(next)
    })
  }

  function take(choice: Choice): void {
    chosen.push(choice)
    const of = forkOf(choice.out)
    addCut(of, choice.length)
    bests.delete(of)
    if (open.includes(of)) enter(of)
  }

  /** Those that tell something by themselves, best first: what is begun is not given up for what might be better. */
  function runningOnes(): Choice[] {
    return known.running
      .map(({ out, length }) => choice(forkOf(out), length, worth(forkOf(out), length), true))
      .filter(({ gain }) => gain > NOTHING)
      .toSorted((a, b) => b.gain - a.gain)
  }

  function bestNew(): Choice | null {
    let best: Choice | null = null
    for (const of of open) {
      let here = bests.get(of)
      if (here === undefined) {
        const cut = steps ? nextStep(of) : bestCut(of)
        here = cut === null ? null : choice(of, cut, worth(of, cut), false)
        bests.set(of, here)
      }
      // The first of equals, so that the same question has the same answer.
      if (here && here.gain > (best?.gain ?? 0) + NOTHING) best = here
    }
    return best
  }

  function choice(of: Fork, length: number, is: Worth, running: boolean): Choice {
    return { out: of.out, length, ...is, running, green: of.chance * (1 - redBelow(of, length)) }
  }
}

function bestCut(of: Fork): number | null {
  let best: number | null = null
  let most = NOTHING
  for (let cut = of.start + 1; cut <= of.end; cut++) {
    const { gain } = worthOfCut(of, cut)
    if (gain > most + NOTHING) [best, most] = [cut, gain]
  }
  return best
}

function nextStep({ cuts, start, end }: Fork): number | null {
  for (let cut = start + 1; cut <= end; cut++) if (!cuts.includes(cut)) return cut
  return null
}
