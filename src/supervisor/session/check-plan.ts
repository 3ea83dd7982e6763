/** `plan -f FILE`: what the file says, what overlaps, what can start together. Starts nothing. */
import { parsePlan } from '../../partition/plan.ts'
import type { Outputs } from '../../protocol/api.ts'
import { nameFromGoal, order, requireTarget } from './planning.ts'
import { requireMode } from './permission-mode.ts'
import { overlapsOf } from './plan-notes.ts'
import { isOpen, type SessionState } from '../../sessions/state.ts'
import { briefOf } from './plan-sessions.ts'
import type { RepositoryContext } from '../repositories.ts'

export async function checkPlan(
  repo: RepositoryContext,
  text: string,
  file: string,
  /** What it may wait for, and overlap with. */
  existing: readonly SessionState[],
): Promise<Outputs['plan']> {
  const open = existing.filter(isOpen).map(({ name }) => name)
  const plan = parsePlan(text, file, open)
  requireTarget(repo, plan.target)
  const taken = new Set(open)
  const sessions = plan.sessions.map((input) => {
    const name = input.name ?? nameFromGoal(input.goal, taken)
    taken.add(name)
    return { ...input, name }
  })
  for (const input of sessions) requireMode(input.name, briefOf(input, plan.checks))
  const briefs = sessions.map(({ name, after = [] }) => ({ name, after }))
  const named = sessions.map((input) => ({ name: input.name, input }))
  return {
    sessions,
    target: plan.target ?? null,
    checks: plan.checks ?? null,
    limits: {
      ...(plan.limits?.active === undefined ? {} : { active: plan.limits.active }),
      ...(plan.limits?.unreviewed === undefined ? {} : { unreviewed: plan.limits.unreviewed }),
    },
    overlaps: await overlapsOf(repo, named, existing, plan.shared),
    waves: order(briefs, open),
  }
}
