/** The same attacks by a real agent's own tools, subagents included: what it is told, and what really happened. */
import { describe, expect, test } from 'vitest'
import { attack, COLUMNS, whyNot } from './escapes/columns.ts'
import { surprises } from './escapes/table.ts'
import { sampled } from '../fixtures/sample.ts'

/** The others only in `npm run test:escapes`: each takes half a minute. */
const COVERED = sampled(['bubblewrap sealed', 'none linked', 'bubblewrap linked'], 1)

describe.each(COLUMNS.filter((c) => c.by === 'session' && COVERED.includes(`${c.rung} ${c.kind}`)))(
  'a real agent, $rung, $kind workspace',
  async (column) => {
    const without = await whyNot(column)
    test.skipIf(without)(
      `comes through where it is said, and nowhere else${without && ` (skipped: ${without})`}`,
      async () => {
        const results = await attack(column)
        expect(results.length).toBeGreaterThan(90)
        expect(surprises(results)).toEqual([])
      },
    )
  },
)
