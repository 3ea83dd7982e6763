/** What the train tests now, and when it will be done: pure, from the queue and the verdicts so far. */
export { type EstimateInput, expectedLandings } from './estimate.ts'
export type { Plan, PlanInput, Trial } from './input.ts'
export { plan } from './plan.ts'
export { failureRate, switchRate } from './rate.ts'
