/** The form of a new session, as the brief that is sent. Pure. */
import type { BriefInput } from '../protocol/api.ts'

export interface Draft {
  repo: string
  goal: string
  name: string
  agent: string
  command: string
  model: string
  permissionMode: string
  owns: string
  avoid: string
  after: string
  checks: string
  land: boolean
  base: string
  branch: string
  existingBranch: boolean
  existing: string
  kind: string
  headless: boolean
}

export const NO_DRAFT: Draft = {
  repo: '',
  goal: '',
  name: '',
  agent: 'claude',
  command: '',
  model: '',
  permissionMode: '',
  owns: '',
  avoid: '',
  after: '',
  checks: '',
  land: false,
  base: '',
  branch: '',
  existingBranch: false,
  existing: '',
  kind: '',
  headless: false,
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** What was left empty is left to the supervisor, and so is what a field says that is not shown. */
export function briefOf(draft: Draft): Partial<BriefInput> & Pick<BriefInput, 'goal'> {
  const { agent, command, kind } = draft
  const isCommand = agent === 'command'
  const said = (name: 'name' | 'model' | 'permissionMode' | 'base' | 'branch' | 'existing') =>
    draft[name].trim() === '' ? {} : { [name]: draft[name].trim() }
  return {
    goal: draft.goal.trim(),
    agent,
    owns: lines(draft.owns),
    avoid: lines(draft.avoid),
    after: words(draft.after),
    ...said('name'),
    ...(isCommand
      ? { command: ['/bin/sh', '-c', command] }
      : { ...said('model'), ...said('permissionMode') }),
    ...(lines(draft.checks).length === 0 ? {} : { checks: lines(draft.checks) }),
    ...(draft.land ? { land: true } : {}),
    ...said('base'),
    ...said('branch'),
    ...(draft.existingBranch && draft.branch.trim() !== '' ? { existingBranch: true } : {}),
    ...said('existing'),
    ...(draft.existing.trim() === '' && (kind === 'sealed' || kind === 'linked') ? { kind } : {}),
    ...(draft.headless && !isCommand ? { headless: true } : {}),
  }
}
