import { readdirSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pathsFrom } from '../../src/platform/paths.ts'
import { has } from '../faults/rungs.ts'
import { createWorld, type World } from '../fixtures/world.ts'

const can = has('bubblewrap')
const title = can ? 'the checks of the train' : 'the checks of the train (skipped: no bubblewrap here)'
/** Red for whoever finds what an earlier one left. */
const CHECK = 'test ! -e /tmp/mark && touch /tmp/mark'

describe.skipIf(!can)(title, () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld({ env: { WORKTRAIN_WALLS: 'bubblewrap' } })
  })
  afterEach(async () => {
    await world.close()
  })

  test('leave nothing in /tmp to the checks of the next change', async () => {
    for (const name of ['one', 'two']) {
      const script = `echo ${name} > ${name}.txt; git add .; git commit -qm ${name}`
      await world.json(['run', 'Work', '--name', name, '--check', CHECK, '--', '/bin/sh', '-c', script])
      await world.until(name, (s) => s.stage === 'handed-off', 'hands off')
      await world.json(['land', name])
      await world.until(name, (s) => s.stage === 'landed', 'lands')
    }
    const trains = join(pathsFrom(world.env).state, 'trains')
    const [id = ''] = readdirSync(trains)
    expect(readdirSync(join(trains, id))).not.toContain('tmp')
    // That it landed is told before the workspace of its checks is gone.
    await emptied(join(trains, id, 'attempts'))
  })
})

/** Resolves when nothing is in the directory. */
async function emptied(directory: string): Promise<void> {
  const changes = watch(directory, { signal: AbortSignal.timeout(60_000) })[Symbol.asyncIterator]()
  while (readdirSync(directory).length > 0) await changes.next()
  await changes.return?.()
}
