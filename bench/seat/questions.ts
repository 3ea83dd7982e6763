/** How long does the supervisor take to answer what the boards ask it again and again? */
import type { World } from '../../test/fixtures/world.ts'
import { type Summary, summary, table } from '../measure.ts'
import type { Wanted } from '../measure.ts'
import { inPlace } from '../place.ts'

/** What a board asks after an event; `name` is one session. */
const QUESTIONS: Record<string, (world: World, name: string) => Promise<unknown>> = {
  attention: ({ client }) => client.call('attention', { repo: null }),
  sessions: ({ client }) => client.call('sessions', { repo: null, all: false }),
  session: ({ client }, name) => client.call('session', { repo: null, name }),
}

export interface QuestionsResult {
  repeat: number
  /** Wall time of a call, ms. */
  rows: ({ sessions: number; question: string } & Summary)[]
}

/** Every session has committed its work and waits to be reviewed. */
export async function measureQuestions(wanted: Wanted): Promise<QuestionsResult> {
  const { sessions = [8, 64], quick = false, say = () => {} } = wanted
  const { repeat = quick ? 20 : 200 } = wanted
  const rows: QuestionsResult['rows'] = []
  await inPlace(50, {}, async (world) => {
    await world.json(['ls'])
    let made = 0
    for (const n of sessions.toSorted((a, b) => a - b)) {
      say(`seat-questions: making ${n} sessions`)
      await makeUpTo(world, made, n)
      made = n
      say(`seat-questions: ${repeat} rounds`)
      const spent = new Map(Object.keys(QUESTIONS).map((question) => [question, [] as number[]]))
      // Round 0 warms up.
      for (let round = 0; round <= repeat; round++)
        for (const [question, ask] of Object.entries(QUESTIONS)) {
          const from = performance.now()
          await ask(world, `ready-${round % n}`)
          if (round > 0) spent.get(question)?.push(performance.now() - from)
        }
      for (const [question, values] of spent) {
        const sum = summary(values)
        if (sum) rows.push({ sessions: n, question, ...sum })
      }
    }
  })
  return { repeat, rows }
}

async function makeUpTo(world: World, made: number, n: number): Promise<void> {
  const fresh = Array.from({ length: n - made }, (_, i) => `ready-${made + i}`)
  if (fresh.length === 0) return
  const sessions = fresh.map((name) => ({
    ...{ name, goal: `Add ${name}`, agent: 'command' },
    command: ['/bin/sh', '-c', `echo ${name} > ${name}.txt; git add .; git commit -qm 'Add ${name}'`],
  }))
  await world.client.call('run', { repo: world.repo, sessions, limits: { active: 4, unreviewed: n } })
  for (const name of fresh) await world.until(name, ({ stage }) => stage === 'handed-off', 'hands off')
}

export function renderQuestions({ repeat, rows }: QuestionsResult): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  return [
    `Time until the supervisor has answered, ${repeat} rounds`,
    '',
    table([
      ['sessions', 'question', 'median', 'min', 'max'],
      ...rows.map(({ sessions, question, median, min, max }) => [
        String(sessions),
        ...[question, ms(median), ms(min), ms(max)],
      ]),
    ]),
  ].join('\n')
}
