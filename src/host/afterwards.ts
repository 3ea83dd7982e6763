/** What shows only after a tool has run: refusals of the kernel, and writes that nobody could foresee. */
import { relative } from 'node:path'
import { realpathOfNew } from '../platform/files.ts'
import { isBelow } from '../protocol/guard-paths.ts'
import { decideToolCall, strayMatcher, type GuardPolicy } from '../protocol/guard.ts'
import { directoriesOf } from '../protocol/guard-shell.ts'
import type { HostRecordBody } from '../protocol/host.ts'
import {
  changedFilesOf,
  isPersonsPrompt,
  kindOf,
  outputOf,
  subagentOf,
  toolCallOf,
  type HookBody,
} from './claude-hooks.ts'
import { Denials } from './denials.ts'

type Refusal = Extract<HostRecordBody, { kind: 'refusal' }>

export interface Seen {
  /** For the record. */
  refusals: Refusal[]
  /** Written outside the owned paths, relative to the workspace. */
  outsideOwned: string[]
  /** What the agent should know; empty: nothing. */
  advice: string
}

const NOTHING: Seen = { refusals: [], outsideOwned: [], advice: '' }

export class Afterwards {
  readonly #guard: () => GuardPolicy | null
  readonly #denials: Denials

  constructor(guard: () => GuardPolicy | null) {
    this.#guard = guard
    this.#denials = new Denials(guard)
  }

  /** Takes in a hook other than the guard's. */
  see(event: string, body: HookBody): Seen {
    if (isPersonsPrompt(event, body)) this.#denials.forget()
    const policy = this.#guard()
    const kind = kindOf(event)
    if (policy === null || (kind !== 'result' && kind !== 'failure')) return NOTHING
    const call = toolCallOf(body)
    const command = typeof call.input.command === 'string' ? call.input.command : ''
    const denied = this.#denials.news(outputOf(body), [call.cwd, ...directoriesOf(command, call.cwd)])
    const refusals: Refusal[] = denied.map(({ path, why, instead }) => ({
      ...{ kind: 'refusal', source: 'kernel', tool: call.tool, target: path, why, instead },
      agentId: subagentOf(body),
    }))
    const verdict = kind === 'result' ? decideToolCall(policy, call, realpathOfNew) : null
    if (verdict?.allow === false && verdict.wanted === undefined) {
      // Another hook may replace the input after the guard, and a command may lay the link it writes through.
      const why = `${verdict.why} It ran all the same: what it works on changed after it was judged.`
      const { target } = verdict
      refusals.push({ kind: 'refusal', tool: call.tool, target, why, instead: '', agentId: subagentOf(body) })
    }
    const advice = denied.map(({ why, instead }) => `${why} ${instead}`).join('\n')
    return { refusals, outsideOwned: strayed(policy, changedFilesOf(body)), advice }
  }
}

function strayed(policy: GuardPolicy, files: string[]): string[] {
  const strays = strayMatcher(policy)
  return files
    .filter((file) => isBelow(policy.workspace, file))
    .map((file) => relative(policy.workspace, file))
    .filter((file) => file !== '' && strays(file))
}
