/** What is said of a look in the person's checkout. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../src/protocol/events.ts'
import { story } from '../../src/protocol/story.ts'

const OID = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
const head = { branch: 'main', commit: OID }
const event = (at: number, id: string, type: string, data: object) =>
  ({ seq: at, at, id, type, data, aggregate: 'spotlight', actor: { kind: 'supervisor', pid: 1 } }) as Recorded
const kept = (at: number, id: string, look: string) =>
  event(at, id, 'spotlight.kept', { look, repository: 'r1', checkout: '/shop', head, kept: OID })
const ended = (at: number, id: string) => event(at, id, 'spotlight.ended', { how: 'back', head, why: '' })

test('each event of a look is a sentence', () => {
  const shown = { session: 's1', name: 'kamal', n: 7, commit: OID }
  const said = story([
    event(0, 'k1', 'spotlight.begun', { look: 'first', repository: 'r1', checkout: '/shop', head, until: 9 }),
    kept(1, 'k1', 'first'),
    event(2, 'k1', 'spotlight.moving', { from: OID, to: OID, shown, head: null }),
    event(3, 'k1', 'spotlight.shown', { session: 's1', name: 'kamal', n: 7 }),
    event(4, 'k1', 'spotlight.edited', { session: 's1', name: 'kamal', commit: OID, files: ['a.txt'] }),
    event(5, 'k1', 'spotlight.moving', { from: OID, to: OID, shown: null, head }),
    ended(6, 'k1'),
    event(7, 'k1', 'spotlight.ended', { how: 'left', head, why: 'left as it is, by hand' }),
    event(8, 'k1', 'spotlight.forgotten', { look: 'first', why: 'its time was over' }),
  ]).map(({ what }) => what)
  expect(said).toMatchInlineSnapshot(`
    [
      "what /shop holds (main) is being kept",
      "what /shop held (main) is kept as a1b2c3d4e5",
      "is turned to snapshot 7 of kamal",
      "shows snapshot 7 of kamal",
      "what was changed in it beside kamal's work is kept as a1b2c3d4e5: a.txt",
      "goes back to main",
      "is back at main",
      "ended at main: left as it is, by hand",
      "what was kept of the look first is forgotten: its time was over",
    ]
  `)
})
