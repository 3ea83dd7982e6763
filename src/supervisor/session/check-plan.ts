/** `plan -f FILE`: what the file says, what overlaps, what can start together. Starts nothing. */
import { parsePlan } from '../../partition/plan.ts'
import type { Outputs } from '../../protocol/api.ts'
import { nameFromGoal, order, overlaps, requireTarget, trackedFiles } from './planning.ts'
import { requireMode } from './permission-mode.ts'
import { briefOf } from './plan-sessions.ts'
import type { RepositoryContext } from '../repositories.ts'

export async function checkPlan(
  repo: RepositoryContext,
  text: string,
  file: string,
  /** Names of the open sessions, which it may wait for. */
  open: string[],
): Promise<Outputs['plan']> {
  const plan = parsePlan(text, file, open)
  requireTarget(repo, plan.target)
  const taken = new Set<string>()
  const sessions = plan.sessions.map((input) => {
    const name = input.name ?? nameFromGoal(input.goal, taken)
    taken.add(name)
    return { ...input, name }
  })
  for (const input of sessions) requireMode(input.name, briefOf(input, plan.checks))
  const briefs = sessions.map((s) => ({ name: s.name, owns: s.owns ?? [], after: s.after ?? [] }))
  return {
    sessions,
    target: plan.target ?? null,
    checks: plan.checks ?? null,
    limits: {
      ...(plan.limits?.active === undefined ? {} : { active: plan.limits.active }),
      ...(plan.limits?.unreviewed === undefined ? {} : { unreviewed: plan.limits.unreviewed }),
    },
    overlaps: overlaps(briefs, await trackedFiles(repo.repository), plan.shared),
    waves: order(briefs, open),
  }
}
