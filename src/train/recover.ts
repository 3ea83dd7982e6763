/** Finishes or takes back what a killed train left (facts/merge-and-partition 4.2). */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Parts } from './parts.ts'
import { removeScratch } from './scratch.ts'

/** Where the workspaces of attempts are. */
export function attemptsOf(stateDir: string): string {
  return join(stateDir, 'attempts')
}

/**
 * Makes the way free for `tick`: a landing that was begun is settled there, by what main tells.
 * @returns what was done, in sentences
 */
export async function recover(parts: Parts): Promise<string[]> {
  const { stateDir, store, refs, landing, by } = parts
  const done = await landing.recover()
  for (const change of await store.changes()) {
    if (change.state !== 'testing' || !change.running) continue
    const detail = `Worktrain ended while \`${change.running.command}\` ran.`
    await store.append(change, change.id, [['change.voided', { why: 'interrupted', detail }]], by)
    done.push(`${change.name} is tested again: ${detail}`)
  }
  const attempts = attemptsOf(stateDir)
  mkdirSync(attempts, { recursive: true, mode: 0o700 })
  for (const left of readdirSync(attempts)) removeScratch(join(attempts, left))
  done.push(...(await refs.sweep(await store.changes())))
  return done
}
