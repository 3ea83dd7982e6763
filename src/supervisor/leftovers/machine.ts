/** Processes, mounts and locks that outlived their session. */
import { lstatSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../platform/run.ts'
import { SESSION_MARKER } from '../../platform/end.ts'
import { processesOf, signal, startTimeOf, startedWith } from '../../platform/processes.ts'
import { WorktrainError } from '../../protocol/index.ts'
import type { SessionState } from '../../sessions/state.ts'
import { mountsIn, processesIn } from '../../workspaces/live.ts'
import { locksIn } from '../../workspaces/safety.ts'
import { HOST_SPEC } from '../../platform/access.ts'
import { type Found, isBusy, leftoverId, type Scene } from './leftover.ts'

/** Between a SIGKILL and the look whether it helped, ms; a process in the kernel's hands may take longer. */
const DEATH_MS = 5000

/**
 * Those that carry the mark of a session of this installation, and hosts started from its state directory.
 * Another installation's sessions (another state directory) are not ours to judge.
 */
export function strayProcesses({ ctx, sessions, states, hosts }: Scene): Found[] {
  const found: Found[] = []
  const started = startedWith(SESSION_MARKER)
  for (const id of new Set([...states, ...sessions.keys()])) {
    const s = sessions.get(id)
    if (s && (isBusy(s) || hosts.isConnected(id))) continue
    const spec = join(ctx.paths.sessionState(id), HOST_SPEC)
    const roots = started.filter(({ value, args }) => value === id || args.includes(spec))
    // Their descendants may have thrown the mark away.
    const all = roots.length === 0 ? [] : processesOf(null, `${SESSION_MARKER}=${id}`)
    const name = s ? s.name : id
    for (const pid of new Set([...roots.map((each) => each.pid), ...all])) {
      const startTime = startTimeOf(pid)
      if (startTime === null) continue
      found.push({
        id: leftoverId('process', pid, startTime),
        kind: 'process',
        what: `${commandOf(pid)} (process ${pid})`,
        why: s
          ? `it carries the mark of ${name}, which has ended`
          : `it carries the mark of ${id}, which has files here but is not in the journal`,
        removing: s ? 'ends it' : 'ends it; its files stay, and are offered by themselves',
        // Whoever is not in the journal may be at work for somebody who lost only the journal.
        work: !s,
        remove: async () => {
          if (startTimeOf(pid) !== startTime) return 'it had ended by itself'
          signal(pid, 'SIGKILL')
          const until = ctx.now() + DEATH_MS
          while (startTimeOf(pid) === startTime) {
            if (ctx.now() > until)
              throw new WorktrainError(
                'UNAVAILABLE',
                'It does not end: it is stuck in the kernel, or not yours.',
              )
            await new Promise((resolve) => setTimeout(resolve, 10))
          }
          return 'it was ended'
        },
      })
    }
  }
  return found
}

/** Below the private directories of sessions, and below workspaces nobody is at work in. */
export function strayMounts({ ctx, sessions, states }: Scene): Found[] {
  const idle = [...sessions.values()].filter((s) => !isBusy(s) && s.workspace.made)
  const places = [
    ...states.flatMap((id) => [ctx.paths.sessionState(id), ctx.paths.sessionRun(id)]),
    ...idle.map((s) => s.workspace.path),
  ]
  const points = new Set(places.flatMap((place) => mountsIn(place)))
  return [...points].map((point) => ({
    id: leftoverId('mount', point),
    kind: 'mount' as const,
    what: `something mounted at ${point}`,
    why: 'it is below a directory of a session that has ended',
    removing: `unmounts it, as \`umount ${point}\` would; what is in use stays`,
    // The files of a file system in memory would end with it.
    work: true,
    remove: async () => {
      const done = await run('umount', ['--', point], { env: ctx.env })
      if (done.code === 0) return 'it was unmounted'
      throw new WorktrainError('UNAVAILABLE', `It was not unmounted: ${done.stderr.trim()}`)
    },
  }))
}

/** In git directories of workspaces that nobody is at work in: git, killed in mid-write, leaves them. */
export function strayLocks({ sessions }: Scene): Found[] {
  const found: Found[] = []
  for (const s of sessions.values()) {
    const { made, kind } = s.workspace
    if (!made || isBusy(s) || s.trashed || kind === 'existing' || isOccupied(s)) continue
    for (const lock of locksIn(made.gitDir)) {
      const { dev, ino, mtimeMs } = lstatSync(lock)
      found.push({
        id: leftoverId('lock', lock, dev, ino, mtimeMs),
        kind: 'lock',
        what: lock,
        why: `git left it in the workspace of ${s.name}, where no process is any more`,
        removing:
          'deletes this file; what git had not finished writing is lost with it, committed work is not',
        work: false,
        remove: async () => {
          const now = lstatSync(lock)
          if (now.ino !== ino || now.mtimeMs !== mtimeMs || isOccupied(s))
            throw new WorktrainError('SESSION_BUSY', 'Somebody is at work there again.')
          unlinkSync(lock)
          return 'it was deleted'
        },
      })
    }
  }
  return found
}

function isOccupied(s: SessionState): boolean {
  return processesIn(s.workspace.path, s.id).length > 0
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return 'a process'
  }
}
