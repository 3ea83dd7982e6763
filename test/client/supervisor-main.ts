/** A supervisor with nothing to supervise: lock, journal and server as in the real one. */
import { existsSync } from 'node:fs'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { acquireLock } from '../../src/platform/lock.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import { createServer } from '../../src/server/index.ts'
import { handlersWith, noted, viewOf } from '../server/fixtures.ts'

if (process.env['TEST_FAIL']) {
  process.stderr.write(`first line\n${process.env['TEST_FAIL']}\n`)
  process.exit(1)
}
// A test that gave up on it leaves it nobody to end it.
const home = process.env['WORKTRAIN_HOME'] ?? ''
setInterval(() => existsSync(home) || process.exit(1), 500).unref()
const paths = pathsFrom(process.env)
const lock = acquireLock(paths.supervisorLock)
if ('heldBy' in lock) process.exit(1)
process.stdout.write(`started ${process.pid} in ${process.cwd()}\n`)
const journal = await openSqliteJournal({ path: paths.journal, projections: [], now: Date.now })
const view = viewOf({
  api: Number(process.env['TEST_API'] ?? 1),
  version: process.env['TEST_VERSION'] ?? '1.0.0',
  built: Number(process.env['TEST_BUILT'] ?? 0),
})
const end = async () => {
  await server.close()
  await journal.close()
  lock.release()
  process.exit(0)
}
const server = await createServer({
  socketPath: paths.supervisorSocket,
  authenticate: () => ({ session: null }),
  journal,
  now: Date.now,
  log: { error: (message) => void process.stdout.write(`error ${message}\n`) },
  handlers: handlersWith({
    hello: async () => view,
    status: async (_, actor) => ({ ...view, log: JSON.stringify(actor) }),
    shutdown: async () => {
      setImmediate(() => void end())
      return { pid: process.pid }
    },
    // Appends as many events as the limit says: the tests' way to make some.
    events: ({ limit }) => journal.append(Array.from({ length: limit }, (_, n) => noted('s1', `${n}`))),
  }),
})
