/** Names of sessions: who gets which, and that two who ask at the same moment do not get the same. */
import type { BriefInput } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/index.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { nameFromGoal, order, validateName } from './planning.ts'

/** Names and branches are looked at and given in one go: whoever asks at the same moment gets others. */
export function givingNames<T>(ctx: Context, repo: RepositoryContext, work: () => Promise<T>): Promise<T> {
  return ctx.inOrder(`names:${repo.repository.id}`, work)
}

/** Names for all, each unique among the open sessions. @throws NAME_INVALID, NAME_TAKEN */
export function nameAll(
  inputs: BriefInput[],
  existing: SessionState[],
): { name: string; input: BriefInput }[] {
  const taken = new Set(existing.filter(isOpen).map((s) => s.name))
  // Without case: two such directories are one on some file systems.
  const folded = new Map([...taken].map((name) => [name.toLowerCase(), name]))
  for (const { name } of inputs) {
    if (name === undefined) continue
    validateName(name)
    const other = folded.get(name.toLowerCase())
    if (other !== undefined)
      throw new WorktrainError('NAME_TAKEN', `There is a session called ${other} already.`)
    taken.add(name)
    folded.set(name.toLowerCase(), name)
  }
  return inputs.map((input) => {
    const name = input.name ?? nameFromGoal(input.goal, taken)
    taken.add(name)
    return { name, input }
  })
}

/** @throws SESSION_UNKNOWN, PLAN_CYCLE */
export function requireOrder(named: { name: string; input: BriefInput }[], existing: SessionState[]): void {
  const open = existing.filter(isOpen).map((s) => s.name)
  const names = new Set([...open, ...named.map((n) => n.name)])
  for (const { name, input } of named) {
    const unknown = (input.after ?? []).find((other) => !names.has(other))
    if (unknown !== undefined)
      throw new WorktrainError(
        'SESSION_UNKNOWN',
        `${name} shall wait for "${unknown}", and there is no such session.`,
        { hint: 'See `worktrain ls`.' },
      )
  }
  order(
    named.map((n) => ({ name: n.name, after: n.input.after ?? [] })),
    open,
  )
}
