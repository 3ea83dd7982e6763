/**
 * What a hostile process of a session tries, checked from outside. Each attack must come through where
 * nothing is walled (one that fails there proves nothing), and where people are told so; else it must not.
 * `npm run test:escapes` prints the table.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COLUMNS, vectorsFor, whyNot } from './escapes/columns.ts'
import { directStage } from './escapes/direct.ts'
import { knownGap } from './escapes/gaps.ts'
import { VECTORS } from './escapes/index.ts'

for (const column of COLUMNS.filter(({ by }) => by === 'direct')) {
  const without = await whyNot(column)
  const title = `${column.rung}, ${column.kind} workspace${without ? ` (skipped: ${without})` : ''}`
  describe.skipIf(without)(title, () => {
    let stage: Awaited<ReturnType<typeof directStage>>
    beforeAll(async () => {
      stage = await directStage(column.kind)
    })
    afterAll(() => stage.close())

    test.each(vectorsFor(column).map((each) => [each.id, each.name, each] as const))(
      '%s %s',
      async (_, __, vector) => {
        const { outcome, out } = await stage.strike(vector, column.rung)
        const known = knownGap(vector, column)
        expect(outcome, out).toEqual(known === null ? expect.stringMatching(/blocked|contained/) : 'escaped')
      },
    )
  })
}

const impossible = VECTORS.filter((each) => each.impossible)
test.skip.each(impossible.map((each) => [each.id, each.name, each.impossible] as const))(
  '%s %s (skipped: %s)',
  () => {},
)
