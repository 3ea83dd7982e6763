/** Where tests run as root, one small story as an ordinary user: modes hold, and nothing is root's to tidy. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signal, startTimeOf } from '../../src/platform/processes.ts'
import type { DoctorView, Outputs, SessionView } from '../../src/protocol/api.ts'
import { BIN, createWorld, type World } from '../fixtures/world.ts'
import { work } from './work.ts'

const NOBODY = 65534
const hasSetpriv = existsSync('/usr/bin/setpriv') || existsSync('/bin/setpriv')
const can = process.platform === 'linux' && process.getuid?.() === 0 && hasSetpriv
const title = can ? 'an ordinary user' : 'an ordinary user (skipped: only root can become one, with setpriv)'

describe.skipIf(!can)(title, () => {
  let world: World
  let product: string
  beforeEach(async () => {
    // The checkout may lie where only root can go.
    product = mkdtempSync(join(tmpdir(), 'wt-product-'))
    cpSync(join(BIN, '..'), join(product, 'dist'), { recursive: true })
    cpSync(process.execPath, join(product, 'node'))
    for (const name of ['@lydell', '@xterm'])
      cpSync(join(BIN, '../../node_modules', name), join(product, 'node_modules', name), { recursive: true })
    execFileSync('chmod', ['-R', 'a+rX', product])
    const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    world = await createWorld({
      command: [...become, join(product, 'node'), join(product, 'dist/worktrain.js')],
    })
    // Looked at by root as well.
    appendFileSync(join(world.home, '.gitconfig'), '[safe]\n\tdirectory = *\n')
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, world.dir])
    execFileSync('chmod', ['a+x', world.dir])
  })
  afterEach(async () => {
    await world.close()
    rmSync(product, { recursive: true, force: true })
  })

  /** Asked as that user: nobody else is let into a socket's directory, and told nothing there. */
  async function until(wanted: (s: SessionView) => boolean): Promise<SessionView> {
    for (;;) {
      const [s] = await world.json<SessionView[]>(['ls', '--all'])
      if (s && wanted(s)) return s
      await delay(100)
    }
  }

  test.each(['sealed', 'linked'])('works, dies, tidies and restores (%s)', async (kind) => {
    const script =
      "mkdir -p locked/deep; echo x > locked/deep/x; chmod 000 locked/deep; echo work > work.txt; git add work.txt; git commit -qm work; echo late > uncommitted; trap '' HUP TERM; while [ ! -e stop ]; do sleep 0.05; done; rm -f stop"
    const run = work('one', kind, script)
    await world.json(run)
    const live = await until((s) => s.process.state === 'running')
    while (!existsSync(join(live.workspace.path, 'uncommitted')))
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(
      execFileSync('stat', ['-c', '%u', join(live.workspace.path, 'work.txt')], { encoding: 'utf8' }),
    ).toBe(`${NOBODY}\n`)
    const { pid } = await world.json<Outputs['status']>(['daemon', 'status'])
    signal(pid, 'SIGKILL')
    while (startTimeOf(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 10))
    expect((await world.cli(['ls'])).stdout).toContain('one')
    execFileSync('touch', [join(live.workspace.path, 'stop')])
    await until((s) => s.stage === 'handed-off')

    const refused = await world.cli(['rm', 'one'])
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('locked/deep')])
    const removed = await world.json<Outputs['rm']>(['rm', 'one', '--discard'])
    expect([removed.removed, existsSync(live.workspace.path)]).toEqual([true, false])
    expect((await world.json<DoctorView>(['doctor'])).leftovers).toEqual([])
    const back = await world.json<SessionView>(['restore', 'one'])
    expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
    expect(readFileSync(join(back.workspace.path, 'locked/deep/x'), 'utf8')).toBe('x\n')
    expect(world.git(['fsck', '--strict', '--no-dangling'])).toBe('')
  })
})
