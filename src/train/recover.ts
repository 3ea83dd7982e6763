/** Finishes or takes back what a killed train left (facts/merge-and-partition 4.2). */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/index.ts'
import type { Parts } from './parts.ts'
import { removeScratch } from './checks/scratch.ts'

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
  const { changes, builds, record } = await store.state()
  for (const build of builds) {
    if (build.ended || !build.begun || build.id === record.intent?.build) continue
    const detail = `Worktrain ended while \`${build.begun.command}\` ran.`
    await store.append(store.ofBuild(build.id, [['build.ended', { why: 'interrupted', detail }]], by))
    const names = build.members.map((member) => member.name).join(', ') || build.target
    done.push(`${names} is tested again: ${detail}`)
  }
  const attempts = attemptsOf(stateDir)
  mkdirSync(attempts, { recursive: true, mode: 0o700 })
  for (const left of readdirSync(attempts)) removeScratch(join(attempts, left))
  try {
    done.push(...(await refs.sweep(changes, (await store.state()).builds)))
  } catch (error) {
    // They are in nobody's way: the train goes on, and the next start removes them.
    if (!(error instanceof WorktrainError)) throw error
    done.push(`refs that nothing needs are left until the next start: ${error.message}`)
  }
  return done
}
