/** The disk is full while a session is made, entered and removed: everything of a world on one small disk. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import type { ErrorBody } from '../../src/protocol/errors.ts'
import { mountable } from '../fixtures/disk.ts'
import { createWorld, type World } from '../fixtures/world.ts'
import { work } from './work.ts'
import { sampled } from '../fixtures/sample.ts'

const can = mountable()

/** KiB that are left: nothing at all, and so much that it fails a little later each time. */
const LEFT = { sealed: [0, 48], linked: [12, 160] }

describe.skipIf(!can)(
  `a full disk${can ? '' : ' (skipped: a small file system can be mounted by root on Linux only)'}`,
  () => {
    let world: World
    let disk: string
    const outside = process.env.TMPDIR
    beforeEach(async () => {
      disk = mkdtempSync(join(tmpdir(), 'wt-disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk])
      process.env.TMPDIR = disk
      world = await createWorld()
    })
    afterEach(async () => {
      free()
      await world.close()
      if (outside === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = outside
      execFileSync('umount', ['--lazy', disk])
      rmSync(disk, { recursive: true, force: true })
    })

    const filler = () => join(disk, 'filler')
    function fill(left: number): void {
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(filler(), Buffer.alloc(Math.max(0, bavail * bsize - left)))
    }
    const free = () => rmSync(filler(), { force: true })

    /** Failed as it should: with a code and a reason, and not as a defect. */
    async function told(args: string[]): Promise<boolean> {
      const own = args.indexOf('--')
      const at = own === -1 ? args.length : own
      const said = await world.cli([...args.slice(0, at), '--json', ...args.slice(at)])
      if (said.code === 0) return true
      const { error } = JSON.parse(said.stdout || said.stderr) as { error: ErrorBody }
      expect(error, said.stdout).toMatchObject({
        code: expect.stringMatching(/^(DISK_FULL|SUPERVISOR_UNREACHABLE)$/),
      })
      return false
    }
    const look = async (name: string): Promise<SessionView | undefined> =>
      (await world.json<SessionView[]>(['ls', '--all'])).findLast((s) => s.name === name)

    /** The person tries again until it is as wanted; there is room now. */
    async function insist(
      name: string,
      wanted: (s: SessionView) => boolean,
      act: (s?: SessionView) => Promise<unknown>,
    ) {
      const deadline = Date.now() + 60_000
      let s = await look(name)
      while (!(s && wanted(s))) {
        if (Date.now() > deadline) throw new Error(JSON.stringify(s, null, 1))
        await act(s)
        await delay(100)
        s = await look(name)
      }
      return s
    }

    test.each(sampled(['sealed', 'linked'] as const, 1))(
      '%s: told, nothing is lost, and it goes on when there is room',
      async (kind) => {
        const script = 'echo work > work.txt; git add .; git commit -qm work; echo late > uncommitted; sync'
        for (const [n, kib] of LEFT[kind].entries()) {
          const left = kib * 1024
          const name = `s${n}`
          const run = work(name, kind, script)
          fill(left)
          await told(run)
          free()
          const done = await insist(
            name,
            (s) => s.stage === 'handed-off',
            async (s) => {
              if (!s) await told(run)
              else if (s.attention.some((each) => each.action.includes('resume')))
                await told(['resume', name])
            },
          )
          // What failed for want of room inside the session is the session's: it is run once more.
          if (!existsSync(join(done.workspace.path, 'uncommitted')))
            execFileSync('/bin/sh', ['-c', script], { cwd: done.workspace.path, env: world.env })
          fill(left)
          await told(['rm', name, '--discard'])
          free()
          const gone = await insist(
            name,
            (s) => s.trashedUntil !== null,
            () => told(['rm', name, '--discard']),
          )
          expect(existsSync(gone.workspace.path)).toBe(false)
          fill(left)
          await told(['restore', name])
          free()
          const back = await insist(
            name,
            (s) => s.trashedUntil === null,
            () => told(['restore', name]),
          )
          expect(readFileSync(join(back.workspace.path, 'uncommitted'), 'utf8')).toBe('late\n')
          expect(world.git(['log', '-1', '--format=%s'], back.workspace.path)).toBe('work')
          expect(world.git(['status', '--porcelain'])).toBe('')
        }
        world.git(['fsck', '--strict'])
        expect(readdirSync(join(world.repo, '.git')).filter((name) => name.endsWith('.lock'))).toEqual([])
      },
    )
  },
)
