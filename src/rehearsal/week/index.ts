/** The four briefs of a working week. */
import type { Scenario } from '../model-server/index.ts'
import type { Conversation, Step } from '../model-server/index.ts'
import { eventsPipeline } from './events-pipeline.ts'
import { kamalMigration } from './kamal-migration.ts'
import { salesAttribution } from './sales-attribution.ts'
import { shopIntegration } from './shop-integration.ts'
import type { Work, WorkStep } from './work.ts'

export type { Work, WorkStep } from './work.ts'

export const WEEK: readonly Work[] = [kamalMigration, salesAttribution, shopIntegration, eventsPipeline]

/** Command that must succeed on the merged tree. */
export const CHECKS = ['npm test']

/** What is meant to happen, checked at the end of a rehearsal. */
export const EXPECTED = {
  landed: ['sales-attribution', 'kamal-migration', 'events-pipeline'],
  ejected: 'shop-integration',
  /** Put on the train by the rehearsal, as a person would, once the other has landed. */
  landAfter: { name: 'shop-integration', after: 'sales-attribution' },
  refused: 'events-pipeline',
  /** What that one tries to write in the person's own checkout. */
  outside: '.env',
  shared: 'src/routes.js',
}

/**
 * The week as scenarios of the scripted model: found by the goal in a conversation's first prompt.
 * @param root the person's own checkout
 * @param pace factor on every wait; 1 makes the parallel run visible, 0 is as fast as it goes
 */
export function weekScenarios(root: string, pace = 1): Map<string, Scenario> {
  const scenarios = new Map<string, Scenario>()
  for (const work of WEEK) {
    const paced = <S extends Step>(steps: S[]): S[] =>
      steps.map((step) => ({ ...step, delayMs: (step.delayMs ?? 0) * pace }))
    const steps = paced(work.steps(root))
    scenarios.set(work.brief.name, {
      when: ({ agent, prompts }) =>
        agent === null && oneLine(prompts[0] ?? '').includes(oneLine(work.brief.goal)),
      script: (conversation) =>
        conversation.prompts.length > 1 ? [work.afterwards] : stopAtTrouble(steps, conversation),
    })
    const { subagent } = work
    if (!subagent) continue
    scenarios.set(`${work.brief.name}-subagent`, {
      when: ({ agent, prompt }) => agent !== null && oneLine(prompt).includes(subagent.prompt),
      script: paced(subagent.steps),
    })
  }
  return scenarios
}

/** An agent whose step went wrong does not go on as if it had not. */
function stopAtTrouble(steps: readonly WorkStep[], { results, step }: Conversation): Step[] {
  const trouble = results.findIndex(
    (outcome, i) => steps[i]?.expects === undefined && outcome.some((result) => result.error),
  )
  if (trouble < 0) return [...steps]
  const why = results[trouble]?.find((result) => result.error)?.text ?? ''
  return [
    ...steps.slice(0, step),
    { text: `BLOCKED: step ${trouble + 1} failed, so I stop here: ${oneLine(why).slice(0, 300)}` },
  ]
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
