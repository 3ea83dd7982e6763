/** The supervisor's process. Its starter sends stderr to the log file. */
import { writeSync } from 'node:fs'
import { createLog } from './log.ts'
import { startSupervisor } from './start.ts'

const now = Date.now
const log = createLog((line) => writeSync(2, line), now)

startSupervisor({ env: process.env, now, log }).catch((error: unknown) => {
  log.error('the supervisor could not start', { error })
  process.exit(1)
})
