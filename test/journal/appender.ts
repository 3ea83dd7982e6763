/** Appends to a journal until it is killed; each acknowledged event is a line on stdout. */
import { writeSync } from 'node:fs'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { notes, noted } from './fixtures.ts'

const [path = ''] = process.argv.slice(2)
const journal = await openSqliteJournal({ path, projections: [notes], now: Date.now })
await journal.claim()
for (let call = 0; ; call += 1) {
  const cause = `${process.pid}-${call}`
  const stored = await journal.append([
    noted('s1', 'a', cause),
    noted('s1', 'b', cause),
    noted('s1', 'c', cause),
  ])
  writeSync(1, stored.map(({ seq }) => `${JSON.stringify({ seq, cause })}\n`).join(''))
}
