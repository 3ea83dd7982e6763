/** How long from the command to the agent's first request? */
import { startModelServer } from '../src/rehearsal/model-server/index.ts'
import type { ModelServer } from '../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv } from '../test/fixtures/claude.ts'
import { METHODS } from './methods.ts'
import type { Batch, Method } from './methods.ts'
import { milliseconds, summary, table, times } from './measure.ts'
import type { Summary, Wanted } from './measure.ts'
import { inPlace } from './place.ts'

/** So many sessions of one repository work at once unless it is configured otherwise. */
const MOST = 16
/** A session that has not asked by then counts as lost, ms. */
const DEADLINE_MS = 120_000

/** One method with one number of sessions, over all rounds. */
export interface StartRow {
  sessions: number
  method: string
  /** From the command to the first request of the median session, and of the last one, ms. */
  median: Summary | null
  all: Summary | null
  /** The same divided by the first method's of the same round: the median over the rounds. */
  medianRatio: number | null
  allRatio: number | null
  asked: number
  lost: number
}

export interface StartResult {
  files: number
  repeat: number
  agent: string
  rows: StartRow[]
  /** Why sessions were lost: each reason once. */
  losses: string[]
}

interface Sample {
  method: Method
  sessions: number
  round: number
  /** First requests, ms after the command, ascending. */
  asked: number[]
  losses: string[]
}

/** @throws Error when there is no Claude Code, or more sessions are wanted than work at once */
export async function measureStart(wanted: Wanted): Promise<StartResult> {
  const { sessions: sizes = [1, 4, 13], files = 2000, repeat = 3, say = () => {} } = wanted
  if (claude === null)
    throw new Error('Claude Code was not found: put it on PATH, or run `worktrain rehearse`.')
  if (sizes.some((n) => n < 1 || n > MOST)) throw new Error(`start measures 1 to ${MOST} sessions`)
  const { path, version } = claude
  const server = await startModelServer()
  const samples: Sample[] = []
  try {
    await inPlace(files, claudeEnv(server.url), async (world) => {
      const measure = async (method: Method, n: number, round: number): Promise<Sample> => {
        say(`start: round ${round} of ${repeat}, ${n} x ${method.title}`)
        const tag = `r${round}m${METHODS.indexOf(method)}n${n}`
        const goals = Array.from({ length: n }, (_, i) => `Say hello ${tag}-${i}.`)
        return {
          method,
          sessions: n,
          round,
          ...(await once(server, method, { world, claude: path, tag, goals })),
        }
      }
      await world.client.call('status', {}).catch(() => world.json(['ls']))
      // Round 0 fills the caches of disk, agent and supervisor, and is not counted.
      for (const method of METHODS) await measure(method, method.fits?.(1) === false ? 2 : 1, 0)
      for (let round = 1; round <= repeat; round++) {
        for (const n of sizes) {
          const methods = METHODS.filter(({ fits }) => fits?.(n) !== false)
          // Each time another one goes first: none always follows the same.
          const turned = [
            ...methods.slice(round % methods.length),
            ...methods.slice(0, round % methods.length),
          ]
          for (const method of turned) samples.push(await measure(method, n, round))
        }
      }
    })
  } finally {
    await server.close()
  }
  const rows = sizes.flatMap((n) =>
    METHODS.flatMap((method) => {
      const own = samples.filter((sample) => sample.sessions === n && sample.method === method)
      const plain = samples.filter((sample) => sample.sessions === n && sample.method === METHODS[0])
      return own.length > 0 ? [rowOf(n, method.title, own, plain)] : []
    }),
  )
  const losses = samples.flatMap(({ method, losses }) => losses.map((why) => `${method.title}: ${why}`))
  return { files, repeat, agent: `Claude Code ${version}`, rows, losses: [...new Set(losses)] }
}

async function once(
  server: ModelServer,
  method: Method,
  batch: Batch,
): Promise<{ asked: number[]; losses: string[] }> {
  await method.before?.(batch)
  const deadline = new AbortController()
  const timer = setTimeout(
    () => deadline.abort(new Error(`no request within ${DEADLINE_MS / 1000} s`)),
    DEADLINE_MS,
  )
  const from = Date.now()
  const running = method.start(batch)
  const requests = batch.goals.map(async (goal, i) => {
    const request = server.until(
      ({ kind, prompt }) => kind === 'main' && prompt.includes(goal),
      deadline.signal,
    )
    const { at } = await Promise.race([request, Promise.resolve(running[i]).then(() => request)])
    return at - from
  })
  const ends = await Promise.allSettled(requests)
  clearTimeout(timer)
  // The waits of lost sessions end here.
  deadline.abort(new Error('the batch is over'))
  await Promise.allSettled(running)
  await method.clear(batch)
  server.requests.length = 0
  return {
    asked: ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])).toSorted((a, b) => a - b),
    losses: ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as Error).message] : [])),
  }
}

function rowOf(sessions: number, method: string, own: Sample[], plain: Sample[]): StartRow {
  const median = ({ asked }: Sample): number | null => summary(asked)?.median ?? null
  // The last of those that came is not the last of all: a round with a loss has no such time.
  const last = ({ asked, losses }: Sample): number | null =>
    losses.length > 0 ? null : (asked.at(-1) ?? null)
  const over = (value: (sample: Sample) => number | null): Summary | null =>
    summary(own.flatMap((sample) => value(sample) ?? []))
  const ratio = (value: (sample: Sample) => number | null): number | null => {
    const ratios = own.flatMap((sample) => {
      const other = plain.find(({ round }) => round === sample.round)
      const [mine, theirs] = [value(sample), other ? value(other) : null]
      return mine === null || theirs === null ? [] : [mine / theirs]
    })
    return summary(ratios)?.median ?? null
  }
  return {
    sessions,
    method,
    median: over(median),
    all: over(last),
    medianRatio: ratio(median),
    allRatio: ratio(last),
    asked: own.length * sessions,
    lost: own.reduce((sum, { losses }) => sum + losses.length, 0),
  }
}

export function renderStart({ files, repeat, agent, rows, losses }: StartResult): string {
  const sizes = [...new Set(rows.map(({ sessions }) => sessions))]
  const lines = sizes.flatMap((n) => [
    [`${n} session${n === 1 ? '' : 's'}`, 'median', 'x plain', 'all', 'x plain', 'lost'],
    ...rows
      .filter(({ sessions }) => sessions === n)
      .map((row) => [
        `  ${row.method}`,
        milliseconds(row.median?.median),
        times(row.medianRatio ?? undefined),
        milliseconds(row.all?.median),
        times(row.allRatio ?? undefined),
        row.lost === 0 ? '0' : `${row.lost} of ${row.asked}`,
      ]),
  ])
  return [
    `Start: from the command to the first request of ${agent}`,
    `${files} files, medians of ${repeat} round${repeat === 1 ? '' : 's'}; "all": until the last session has asked`,
    '',
    table(lines),
    ...losses.map((why) => `lost: ${why.slice(0, 74)}`),
  ].join('\n')
}
