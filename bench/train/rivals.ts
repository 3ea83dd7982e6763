/** Merge queues of others, as their documentation describes them. */
import type { Run, Scheduler, Yard } from './yard.ts'

/** One change at a time, on top of the target. */
export const serial: Scheduler = (yard) => {
  const queue: number[] = []
  let run: Run | null = null
  return () => {
    queue.push(...yard.arrived.splice(0))
    if (run && run.verdict !== 'running') {
      const [change = -1] = run.members
      if (run.verdict === 'green') yard.land(change)
      else yard.eject(change)
      run = null
    }
    const next = run ? undefined : queue.shift()
    if (next !== undefined) run = yard.start([next])
  }
}

/** bors-ng: eight at a time, a red batch in halves, one batch after the other. */
export const batches: Scheduler = (yard) => {
  const size = 8
  const waiting: number[] = []
  const halves: number[][] = []
  let run: Run | null = null
  return () => {
    waiting.push(...yard.arrived.splice(0))
    if (run && run.verdict !== 'running') {
      const { members, verdict } = run
      const half = Math.ceil(members.length / 2)
      if (verdict === 'green') for (const change of members) yard.land(change)
      else if (members.length > 1) halves.unshift(members.slice(0, half), members.slice(half))
      else yard.eject(members[0] ?? -1)
      run = null
    }
    const next = run ? undefined : (halves.shift() ?? waiting.splice(0, size))
    if (next && next.length > 0) run = yard.start(next)
  }
}

interface Item {
  change: number
  run: Run | null
  /** What the run is on top of, with itself: from the first landing on. */
  on: string
}

/**
 * Zuul: as many as there are slots, each on top of those ahead; a red one is taken out, and everything behind it
 * tested again without it.
 * @param optimistic a green one also proves those ahead of it
 */
export function zuul(optimistic: boolean): Scheduler {
  return (yard) => {
    let items: Item[] = []
    return () => {
      items.push(...yard.arrived.splice(0).map((change) => ({ change, run: null, on: '' })))
      while (settles());
      begins()
    }

    function settles(): boolean {
      const ahead: number[] = []
      let certain = true
      for (const item of items) {
        const here = [...ahead, item.change]
        if (item.on !== key(yard, here)) {
          // Something ahead of it changed: what was tested is not what would land.
          if (item.run) yard.abort(item.run)
          item.run = null
        }
        const verdict = item.run?.verdict ?? 'running'
        if (verdict === 'red' && certain) {
          yard.eject(item.change)
          items = items.filter((each) => each !== item)
          return true
        }
        if (verdict === 'green' && (optimistic || certain)) {
          for (const change of here) yard.land(change)
          items = items.filter(({ change, run }) => {
            const gone = here.includes(change)
            if (gone && run) yard.abort(run)
            return !gone
          })
          return true
        }
        if (verdict !== 'red') {
          ahead.push(item.change)
          certain = false
        }
      }
      return false
    }

    function begins(): void {
      const ahead: number[] = []
      for (const item of items) {
        if (item.run?.verdict === 'red') continue
        ahead.push(item.change)
        if (ahead.length > yard.slots) {
          if (item.run) yard.abort(item.run)
          item.run = null
        } else if (!item.run) {
          item.run = yard.start([...ahead])
          item.on = key(yard, ahead)
        }
      }
    }
  }
}

function key(yard: Yard, members: readonly number[]): string {
  return [...yard.landed, ...members].join()
}
