/** From what a plan file says to what starts it. */
import type { Input, Outputs } from './api.ts'

/** Everything of a plan, to be started: all of it or nothing. */
export function requestOf(repo: string, plan: Outputs['plan']): Input<'run'> {
  return {
    repo,
    sessions: plan.sessions,
    limits: plan.limits,
    ...(plan.target === null ? {} : { target: plan.target }),
    ...(plan.checks === null ? {} : { checks: plan.checks }),
  }
}
