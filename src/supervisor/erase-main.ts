/**
 * Empties the trash beside the supervisor, with the lowest priority: `node erase.js JSON`.
 * Prints what it did as JSON. Killed at any moment, it is simply started again.
 */
import { constants, setPriority } from 'node:os'
import { erase, type Erasure } from '../workspaces/erase.ts'

setPriority(constants.priority.PRIORITY_LOW)
process.stdout.write(JSON.stringify(erase(JSON.parse(process.argv[2] ?? '') as Erasure)))
