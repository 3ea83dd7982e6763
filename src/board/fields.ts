/** The fields of a new session's form, the same in a terminal and in a browser. Pure. */
import type { Draft } from './brief.ts'

interface Choice {
  value: string
  title: string
}

export interface Field {
  name: keyof Draft
  title: string
  /** What holds where nothing is said. */
  otherwise?: string
  /** What is said in it. */
  about?: string
  /** It is said by yes or no: what yes means. */
  yes?: string
  /** To be chosen from; the first holds until one does. */
  choices?: readonly Choice[]
  /** Several, one a line: so many lines are offered. */
  lines?: number
  /** What may stand in it. */
  offers?: 'sessions'
  /** It cannot start without it. */
  needed?: true
  /** Seldom wanted: shown when asked for. */
  more?: true
}

const AGENTS: readonly Choice[] = [
  { value: 'claude', title: 'Claude Code' },
  { value: 'command', title: 'a command' },
]

/** Claude Code's own, by the names that it gives them. */
export const PERMISSION_MODES: readonly Choice[] = [
  { value: '', title: 'edits without asking behind a kernel wall, else as your settings say' },
  { value: 'default', title: 'default: asks before it edits or runs anything' },
  { value: 'acceptEdits', title: 'acceptEdits: edits without asking' },
  { value: 'plan', title: 'plan: shows you a plan before it changes anything' },
  { value: 'auto', title: 'auto: Claude Code judges what is safe' },
  { value: 'dontAsk', title: 'dontAsk: asks nothing; what is not allowed is denied' },
  { value: 'bypassPermissions', title: 'bypassPermissions: does everything without asking' },
]

const KINDS: readonly Choice[] = [
  { value: '', title: 'as configured' },
  { value: 'sealed', title: 'sealed: a .git of its own' },
  { value: 'linked', title: 'linked: a plain git worktree, with a weaker wall' },
]

/** Of a session of any agent, in the order of the form. */
const FIRST: readonly Field[] = [
  {
    name: 'goal',
    title: 'Goal',
    otherwise: 'what it should do, and how one sees that it is done',
    lines: 5,
    needed: true,
  },
  { name: 'name', title: 'Name', otherwise: 'made from the goal' },
  { name: 'agent', title: 'Agent', choices: AGENTS },
]

const LIMITS: readonly Field[] = [
  {
    name: 'owns',
    title: 'Owns',
    otherwise: 'nothing',
    about: 'globs, where nobody else may write',
    lines: 2,
  },
  {
    name: 'avoid',
    title: 'Avoids',
    otherwise: 'nothing',
    about: 'globs, where it must not write',
    lines: 2,
  },
  { name: 'checks', title: 'Checks', otherwise: 'those of the repository', lines: 2 },
  {
    name: 'after',
    title: 'After',
    otherwise: 'at once',
    about: 'sessions that have to land first',
    offers: 'sessions',
  },
  { name: 'land', title: 'Lands', yes: 'goes on the train by itself once it hands off' },
]

const OF_A_COMMAND: readonly Field[] = [
  { name: 'command', title: 'Command', otherwise: 'run by the shell, in its walls', needed: true },
]

const OF_CLAUDE: readonly Field[] = [
  { name: 'model', title: 'Model', otherwise: "the agent's own choice" },
  { name: 'permissionMode', title: 'Permissions', choices: PERMISSION_MODES },
]

const ORIGIN: readonly Field[] = [
  {
    name: 'base',
    title: 'Base',
    otherwise: 'the newest main',
    about: 'a branch, tag or commit',
    more: true,
  },
  { name: 'branch', title: 'Branch', otherwise: 'worktrain/ and its name', more: true },
]

const DIRECTORY: Field = {
  name: 'existing',
  title: 'Directory',
  otherwise: 'a new workspace',
  about: 'a worktree or directory of yours',
  more: true,
}

const ON_A_BRANCH: Field = {
  name: 'existingBranch',
  title: 'Goes on',
  yes: 'the branch is there already, and it goes on with it',
  more: true,
}

const KIND: Field = { name: 'kind', title: 'Workspace', choices: KINDS, more: true }

const HEADLESS: Field = {
  name: 'headless',
  title: 'Headless',
  yes: 'without a terminal: it works through the goal and ends',
  more: true,
}

/**
 * The fields of a draft in their order, those that are seldom wanted last. What its agent does not know, or another
 * field rules out, is not among them.
 */
export function fieldsOf({ agent, branch, existing }: Draft): Field[] {
  const isCommand = agent === 'command'
  return [
    ...FIRST,
    ...(isCommand ? OF_A_COMMAND : OF_CLAUDE),
    ...LIMITS,
    ...ORIGIN,
    ...(branch.trim() === '' ? [] : [ON_A_BRANCH]),
    DIRECTORY,
    ...(existing.trim() === '' ? [KIND] : []),
    ...(isCommand ? [] : [HEADLESS]),
  ]
}

/** The first that is needed and empty, without which it cannot start; null: it can. */
export function missingIn(draft: Draft): Field | null {
  return fieldsOf(draft).find(({ name, needed }) => needed && String(draft[name]).trim() === '') ?? null
}
