/** The workspaces room: one object with everything `supervisor` needs. */
import { publish } from './bring.ts'
import type { Erased, Erasure } from './erase.ts'
import { makeWorkspace } from './make.ts'
import { rollBack } from './rollback.ts'
import { checkRemoval } from './removal.ts'
import { changes, diff, lookAside, sizeBetween, takeSnapshot } from './snapshot.ts'
import { purge } from './purge.ts'
import { resetFiles } from './reset.ts'
import { restore } from './restore.ts'
import { trash } from './trash.ts'
import { takeBackUpdate, update } from './update.ts'
import type { Workspaces } from './workspace.ts'

/**
 * @param options.random new random text for the token of a workspace, such as 32 hex digits
 * @param options.erase deletes a directory for good; takes long, and should not hold up this process
 */
export function createWorkspaces(options: {
  random: () => string
  erase: (erasure: Erasure) => Promise<Erased>
}): Workspaces {
  const tails = new Map<string, Promise<unknown>>()
  /** Looks that give way to whatever else is to be done. */
  const looks = new Map<string, AbortController>()
  /** One operation at a time on one session: they share its trusted index. */
  const alone = <T>(session: string, fn: () => Promise<T>): Promise<T> => {
    looks.get(session)?.abort()
    const next = (tails.get(session) ?? Promise.resolve()).then(fn, fn)
    const tail = next.then(
      () => {},
      () => {},
    )
    tails.set(session, tail)
    void tail.then(() => {
      if (tails.get(session) === tail) tails.delete(session)
    })
    return next
  }
  const aside = async <T>(session: string, fn: (until: AbortSignal) => Promise<T>): Promise<T> => {
    const look = new AbortController()
    const done = alone(session, () => fn(look.signal))
    looks.set(session, look)
    try {
      return await done
    } finally {
      if (looks.get(session) === look) looks.delete(session)
    }
  }
  return {
    make: (spec, onStep) => alone(spec.session, () => makeWorkspace(spec, options.random(), onStep)),
    rollBack: (spec) => alone(spec.session, () => rollBack(spec)),
    publish: (workspace) => alone(workspace.session, () => publish(workspace)),
    snapshot: (workspace, how) => alone(workspace.session, () => takeSnapshot(workspace, how)),
    lookAside: (workspace, how) => aside(workspace.session, (until) => lookAside(workspace, until, how)),
    sizeBetween,
    changes: (workspace, from) => alone(workspace.session, () => changes(workspace, from)),
    diff: (workspace, from, how) => alone(workspace.session, () => diff(workspace, from, how)),
    checkRemoval: (workspace, target, apart = []) =>
      alone(workspace.session, () => checkRemoval(workspace, target, apart)),
    trash: (workspace, how) => alone(workspace.session, () => trash(workspace, how)),
    restore: (workspace, trashed) => alone(workspace.session, () => restore(workspace, trashed)),
    purge: (workspace, trashed) => alone(workspace.session, () => purge(workspace, trashed, options.erase)),
    update: (workspace, main, run, how) => alone(workspace.session, () => update(workspace, main, run, how)),
    reset: (workspace, from, to, run) => alone(workspace.session, () => resetFiles(workspace, from, to, run)),
    takeBackUpdate: (workspace, run, begun) =>
      alone(workspace.session, () => takeBackUpdate(workspace, run, begun)),
  }
}
