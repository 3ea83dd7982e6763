import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/platform/run.ts'
import { commit, sh, temporary, write } from '../git/repo.ts'
import type { Job } from './child.ts'
import {
  KINDS,
  agent,
  listing,
  lockFiles,
  make,
  place,
  specOf,
  trashOptions,
  workspaces,
  type Place,
} from './fixture.ts'

const REAL_GIT = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()

/**
 * A `git` that kills the process that called it, by itself or by a shell, at the nth call: before doing anything when n is odd, after it when even.
 */
function shim(): string {
  const directory = temporary()
  const script = `#!/bin/sh
n=$(( $(cat "$COUNTER") + 1 )); echo $n > "$COUNTER"
if [ $n = "$KILL_AT" ] && [ $(( n % 2 )) = 1 ]; then kill -9 $CALLER; exit 1; fi
if [ $n = "$KILL_AT" ]; then '${REAL_GIT}' "$@"; kill -9 $CALLER; exit 1; fi
exec '${REAL_GIT}' "$@"
`
  writeFileSync(join(directory, 'git'), script)
  chmodSync(join(directory, 'git'), 0o755)
  return directory
}

/** @returns how often the child called git, and whether it was killed */
async function child(job: Job, killAt = 0): Promise<{ calls: number; killed: boolean }> {
  const directory = shim()
  const counter = join(directory, 'counter')
  writeFileSync(counter, '0')
  const done = await run(
    process.execPath,
    ['--no-warnings', join(import.meta.dirname, 'child.ts'), JSON.stringify(job)],
    {
      env: {
        PATH: `${directory}:${process.env.PATH}`,
        HOME: '/nonexistent',
        COUNTER: counter,
        KILL_AT: String(killAt),
      },
    },
  )
  if (done.signal !== 'SIGKILL' && done.code !== 0) throw new Error(done.stderr)
  return { calls: Number(readFileSync(counter, 'utf8')), killed: done.signal === 'SIGKILL' }
}

async function inTwos<T>(items: T[], fn: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await fn(item)
  }
  await Promise.all([worker(), worker()])
}

/** With an odd stride every second point is after its call. */
const every = (calls: number, stride: number) =>
  Array.from({ length: Math.ceil(calls / stride) }, (_, n) => 1 + n * stride)
const outside = (at: Place) =>
  listing(at.top).filter((name) => !/^state|repo\/\.git\/(objects|worktrain|logs|refs)/.test(name))

describe('killed while making', () => {
  for (const kind of KINDS) {
    test(`rolls back to nothing from everywhere (${kind})`, async () => {
      const at = await place()
      write(at.repo.root, { '.worktreeinclude': '*.key\n', '.git/info/exclude': '*.key\n', 'x.key': 'k' })
      const kept = await make(at, 'kept', kind)
      sh(at.repo.root, 'pack-refs', '--all')
      const state = () => [
        outside(at),
        sh(at.repo.root, 'for-each-ref'),
        sh(at.repo.root, 'worktree', 'list'),
      ]
      const before = state()
      const whole = specOf(at, 'whole', { kind })
      const { calls, killed } = await child({ do: 'make', dieAt: null, spec: whole })
      expect(killed).toBe(false)
      await workspaces.rollBack(whole)
      expect(state()).toEqual(before)
      await inTwos(
        ['keep-base', 'make', 'include', 'submodules', 'register', ...every(calls, 5)],
        async (point) => {
          const spec = specOf(at, `w-${point}`, { kind })
          const dieAt = typeof point === 'string' ? point : null
          const end = await child({ do: 'make', dieAt, spec }, typeof point === 'number' ? point : 0)
          if (typeof point === 'string' || point <= calls - 2)
            expect([point, end.killed]).toEqual([point, true])
          await workspaces.rollBack(spec)
          await workspaces.rollBack(spec)
        },
      )
      expect(state()).toEqual(before)
      expect(lockFiles(at.top)).toEqual([])
      expect(agent(kept.path, 'status', '--porcelain')).toBe('')
      expect(sh(at.repo.root, 'fsck', '--no-dangling')).toBe('')
    })
  }
})

describe('killed while trashing or restoring', () => {
  for (const kind of KINDS) {
    test(`loses nothing, and goes on (${kind})`, async () => {
      const at = await place()
      const trashDir = trashOptions(at).trashDir
      const busy = async (name: string) => {
        const one = await make(at, name, kind)
        commit(one.path, { [name]: 'c' })
        write(one.path, { untracked: name, 'README.md': 'edited\n', staged: 's' })
        agent(one.path, 'add', 'staged')
        return one
      }
      const first = await busy('first')
      const { calls } = await child({ do: 'trash', dieAt: null, workspace: first, trashDir })
      await inTwos(['snapshot', 'save-refs', 'unregister', 'rename', ...every(calls, 13)], async (point) => {
        const one = await busy(`w-${point}`)
        const status = agent(one.path, 'status', '--porcelain')
        const dieAt = typeof point === 'string' ? point : null
        await child({ do: 'trash', dieAt, workspace: one, trashDir }, typeof point === 'number' ? point : 0)
        const trashed = await workspaces.trash(one, trashOptions(at))
        expect(existsSync(one.path)).toBe(false)
        const emptied = typeof point === 'number' && point % 2 === 0
        if (emptied) rmSync(trashed.directory ?? '', { recursive: true })
        await child(
          { do: 'restore', dieAt: null, workspace: one, trashed },
          typeof point === 'number' ? point % 20 : 3,
        )
        const back = await workspaces.restore(one, trashed).catch(async (error: unknown) => {
          // The child may have come to its end: then the trash is empty, and the workspace is there.
          if (!existsSync(join(one.path, 'untracked'))) throw error
          return one
        })
        expect(readFileSync(join(back.path, 'untracked'), 'utf8')).toBe(one.name)
        expect(readFileSync(join(back.path, 'README.md'), 'utf8')).toBe('edited\n')
        expect(agent(back.path, 'log', '-1', '--format=%s')).toBe('change')
        // Rebuilt from its refs it has the same files, with nothing staged.
        if (!emptied) expect(agent(back.path, 'status', '--porcelain')).toBe(status)
        expect(sh(at.repo.root, 'worktree', 'list')).toContain(`${one.path} `)
      })
      expect(lockFiles(at.top)).toEqual([])
      expect(sh(at.repo.root, 'fsck', '--no-dangling')).toBe('')
    })
  }
})
