/** The form of a new session, as the brief that is sent. Pure. */
import type { BriefInput } from '../protocol/api.ts'

export interface Draft {
  repo: string
  goal: string
  name: string
  agent: string
  command: string
  model: string
  owns: string
  avoid: string
  after: string
  checks: string
  land: boolean
}

export const NO_DRAFT: Draft = {
  repo: '',
  goal: '',
  name: '',
  agent: '',
  command: '',
  model: '',
  owns: '',
  avoid: '',
  after: '',
  checks: '',
  land: false,
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** What was left empty is left to the supervisor. */
export function briefOf(draft: Draft): Partial<BriefInput> & Pick<BriefInput, 'goal'> {
  const { goal, name, agent, command, model, owns, avoid, after, checks, land } = draft
  return {
    goal: goal.trim(),
    owns: lines(owns),
    avoid: lines(avoid),
    after: after.split(/[\s,]+/).filter((word) => word !== ''),
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(agent === '' ? {} : { agent }),
    ...(agent === 'command' ? { command: ['/bin/sh', '-c', command] } : {}),
    ...(agent === 'command' || model.trim() === '' ? {} : { model: model.trim() }),
    ...(lines(checks).length === 0 ? {} : { checks: lines(checks) }),
    ...(land ? { land } : {}),
  }
}
