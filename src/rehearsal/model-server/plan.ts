/** Which step of which script a request asks for. Pure, and derived from the conversation alone. */
import { readMarker } from './marker.ts'
import type { Conversation, Turn } from './conversation.ts'
import type { Step, Steps } from './steps.ts'

/** Steps, or a function that gives them for a conversation (called anew for every request of it). */
export type Script = Steps | ((conversation: Conversation) => Steps)

export interface Scenario {
  script: Script
  /** Conversations it applies to without being named: by their latest prompt, or by a look at the whole. */
  when?: RegExp | ((conversation: Conversation) => boolean)
}

/** By name. Of several that apply without being named, the first defined wins. */
export type Scenarios = ReadonlyMap<string, Scenario>

export interface Planned {
  /** Name of the scenario; `marker`: written in the prompt; null: none applies. */
  scenario: string | null
  step: Step
  conversation: Conversation
}

/**
 * Derives the step from the conversation: the number of answers since the prompt that carries the
 * script. So retries, resumed conversations and a restarted server all find the same place.
 */
export function planStep(
  turns: readonly Turn[],
  identity: { session: string | null; agent: string | null; cwd: string | null },
  scenarios: Scenarios,
): Planned {
  for (let at = turns.length - 1; at >= 0; at--) {
    const turn = turns[at]
    if (!turn || turn.role !== 'user' || !turn.text) continue
    const conversation = conversationAt(turns, at, identity)
    const steering = turn.results.length > 0
    const found = scriptFor(conversation, scenarios, steering)
    if (found) return { ...found, step: stepAt(found.steps, conversation.step), conversation }
    if (steering) continue
    return { scenario: null, step: { text: `OK: ${head(turn.text)}` }, conversation }
  }
  return { scenario: null, step: { text: 'OK' }, conversation: conversationAt(turns, -1, identity) }
}

function conversationAt(
  turns: readonly Turn[],
  at: number,
  identity: { session: string | null; agent: string | null; cwd: string | null },
): Conversation {
  const since = turns.slice(at + 1)
  const prompts = turns
    .slice(0, at + 1)
    .filter((turn, i) => turn.role === 'user' && turn.text && (turn.results.length === 0 || i === at))
    .map((turn) => turn.text)
  return {
    ...identity,
    prompts,
    prompt: prompts.at(-1) ?? '',
    step: since.filter((turn) => turn.role === 'assistant').length,
    results: since.filter((turn) => turn.results.length > 0).map((turn) => turn.results),
  }
}

/**
 * @param steering words beside a tool result, typed while the agent worked: they begin a script only
 *   where they carry one, or a scenario's expression names them
 */
function scriptFor(
  conversation: Conversation,
  scenarios: Scenarios,
  steering: boolean,
): { scenario: string; steps: Steps } | null {
  const marker = readMarker(conversation.prompt)
  if (marker?.kind === 'steps') return { scenario: 'marker', steps: marker.steps }
  if (marker?.kind === 'bad') return { scenario: 'marker', steps: [`bad script: ${marker.why}`] }
  if (marker) {
    const scenario = scenarios.get(marker.name)
    return {
      scenario: marker.name,
      steps: scenario ? stepsOf(scenario, conversation) : [`no scenario ${marker.name}`],
    }
  }
  for (const [name, scenario] of scenarios) {
    if (steering && typeof scenario.when === 'function') continue
    if (applies(scenario, conversation)) return { scenario: name, steps: stepsOf(scenario, conversation) }
  }
  return null
}

function applies(scenario: Scenario, conversation: Conversation): boolean {
  if (scenario.when === undefined) return false
  if (typeof scenario.when === 'function') return scenario.when(conversation)
  return conversation.prompt.search(scenario.when) >= 0
}

function stepsOf(scenario: Scenario, conversation: Conversation): Steps {
  return typeof scenario.script === 'function' ? scenario.script(conversation) : scenario.script
}

function stepAt(steps: Steps, index: number): Step {
  const step = steps[index] ?? 'script finished'
  return typeof step === 'string' ? { text: step } : step
}

function head(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 80)
}
