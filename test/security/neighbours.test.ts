/** What one session does in its cell must not hold up the others. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../fixtures/world.ts'
import { noCell } from '../walls/world.ts'

/** F_SETLK with F_RDLCK needs no right to write, and keeps everybody from the exclusive lock. */
const HOLD = `
$| = 1;
unless (open(F, "<", $ENV{MUTEX})) { print "out of reach"; exit }
$lock = pack("s s l! l! i", 0, 0, 0, 0, 0);
fcntl(F, 6, $lock) and print "HELD";
sleep 600`

describe.skipIf(noCell)(`a session and its neighbours${noCell}`, () => {
  let w: World
  beforeAll(async () => {
    w = await createWorld()
  })
  afterAll(() => w.close())

  test('the mutex of the repository cannot be held by who may only read', async () => {
    const mutex = join(w.repo, '.git/worktrain/mutex')
    const script = `MUTEX='${mutex}' perl -e '${HOLD}'`
    await w.json(['run', 'Hold', '--name', 'holder', '--', '/bin/sh', '-c', script])
    const screen = async () => (await w.cli(['logs', 'holder'])).stdout
    await expect.poll(screen, { timeout: 60_000 }).toMatch(/HELD|out of reach/)
    expect(await screen()).toContain('out of reach')
    await w.json([
      'run',
      'Work',
      '--name',
      'other',
      '--',
      '/bin/sh',
      '-c',
      'echo x > x; git add x; git commit -qm x',
    ])
    await w.until('other', (s) => s.stage === 'handed-off', 'the other session worked')
  })
})
