/**
 * A supervisor that dies by SIGKILL right after the n-th commit of an event type: what it had told others
 * by then is what a crash at that very step leaves behind.
 *
 *   WORKTRAIN_DIE_AFTER=workspace.step:2 node test/faults/supervisor.ts
 *
 * Its hosts die where a file in the home directory says so (`host.ts` beside this).
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { createLog } from '../../src/supervisor/log.ts'
import { startSupervisor } from '../../src/supervisor/start.ts'

const [type = '', nth = '1'] = (process.env.WORKTRAIN_DIE_AFTER ?? '').split(':')
let left = Number(nth)
const log = createLog((line) => writeSync(2, line), Date.now)

await startSupervisor({
  env: process.env,
  now: Date.now,
  log,
  hostEntry: join(import.meta.dirname, 'host.ts'),
  wrapJournal: (journal) => ({
    append: async (drafts, expect) => {
      const stored = await journal.append(drafts, expect)
      if (drafts.some((d) => d.type === type) && --left === 0) process.kill(process.pid, 'SIGKILL')
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
