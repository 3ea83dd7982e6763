/**
 * A process that runs the train and is killed in the middle.
 *
 * Arguments: repository, home, and where to die: `before:TYPE` or `after:TYPE` of the next event of that
 * type, or `never`. Prints `running` when it has recovered.
 */
import { openRepository } from '../../src/git/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { openStation, settle } from './station.ts'

const [root = '', home = '', where = 'never'] = process.argv.slice(2)
const [when, type] = where.split(':')

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more may happen here.
  return new Promise(() => {})
}

function deadly(journal: Journal): Journal {
  return {
    ...journal,
    async append(drafts, expect) {
      const here = drafts.some((draft) => draft.type === type)
      if (here && when === 'before') await die()
      const stored = await journal.append(drafts, expect)
      if (here && when === 'after') await die()
      return stored
    },
  }
}

const station = await openStation(await openRepository(root), home, { wrap: deadly })
await station.train.recover()
process.stdout.write('running\n')
await settle(station)
await station.journal.close()
