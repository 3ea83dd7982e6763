/**
 * A supervisor that dies by SIGKILL right after the n-th commit of an event type: what it had told others
 * by then is what a crash at that very step leaves behind.
 *
 *   WORKTRAIN_DIE_AFTER=workspace.step:2 node test/faults/supervisor.ts
 *
 * With WORKTRAIN_DIE_BEFORE it dies right before: what it had done by then is on no record of its own.
 *
 * Its hosts die where a file in the home directory says so (`host.ts` beside this).
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { createLog } from '../../src/supervisor/log.ts'
import { startSupervisor } from '../../src/supervisor/start.ts'

const { WORKTRAIN_DIE_AFTER: after, WORKTRAIN_DIE_BEFORE: before } = process.env
const [type = '', nth = '1'] = (after ?? before ?? '').split(':')
let left = Number(nth)
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
const log = createLog((line) => writeSync(2, line), Date.now)

await startSupervisor({
  env: process.env,
  now: Date.now,
  log,
  hostEntry: join(import.meta.dirname, 'host.ts'),
  wrapJournal: (journal) => ({
    append: async (drafts, expect) => {
      const reached = drafts.some((d) => d.type === type) && --left === 0
      if (reached && before !== undefined) die()
      const stored = await journal.append(drafts, expect)
      if (reached) die()
      return stored
    },
    read: (options) => journal.read(options),
    get: (projection, id) => journal.get(projection, id),
    list: (projection) => journal.list(projection),
    head: () => journal.head(),
    subscribe: (listener) => journal.subscribe(listener),
    claim: () => journal.claim(),
    close: () => journal.close(),
  }),
})
