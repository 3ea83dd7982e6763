/** What the policy is told, and what it answers. */

/** A merge candidate on the current target, and what came of it. */
export interface Trial {
  /** Change ids in the order of their merges. What has landed meanwhile is not in it. */
  members: readonly string[]
  /** `impossible`: up to its last member they do not merge in this order, up to the one before they do. */
  verdict: 'green' | 'red' | 'running' | 'impossible'
}

export interface PlanInput {
  /** Change ids in landing order: what may land on the current target. Suspects that were parked are not in it. */
  queue: readonly string[]
  /** Everything known of candidates on the current target; not only of the queue's own prefixes. */
  trials: readonly Trial[]
  /** How many candidates are tested at a time, at least 1. */
  slots: number
  /** Expected share of changes that are red, 0 to 1: {@link failureRate}. */
  failureRate: number
  /**
   * `prefix`: what a green candidate holds lands at once. `every-commit`: also the candidate of every member before
   * the last one must be green.
   */
  mode: 'prefix' | 'every-commit'
}

export interface Plan {
  /** Members of the candidates that should be under test now, best first, at most one for each slot. */
  wanted: readonly (readonly string[])[]
  /** `cuts`: search for the first red change; `tree`: test what follows when it is found, at the same time. */
  policy: 'cuts' | 'tree'
  /** One sentence for the person. */
  why: string
}
