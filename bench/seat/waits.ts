/** One session for each kind of wait, brought about as it happens in real life. */
import type { AttentionKind, Input } from '../../src/protocol/api.ts'
import { processesWithArgument, signal } from '../../src/platform/processes.ts'
import type { ModelServer, Step } from '../../src/rehearsal/model-server/index.ts'
import { presentPlan, scripted } from '../../test/fixtures/claude.ts'
import { type World, writeFiles } from '../../test/fixtures/world.ts'

type Brief = Input<'run'>['sessions'][number]

export interface Wait {
  /** As the issue calls it. */
  title: string
  kind: AttentionKind
  /** Needs the real agent. */
  claude?: true
  /** Settled by one of these procedures. */
  by: readonly string[]
  /** The key where the web's own page of it settles it, not the item's actions. */
  web?: string
  /** @param name of the session, new each time */
  arrange: (world: World, name: string, server: ModelServer) => Promise<void>
}

/** Of the repository in which the sessions work. */
export const FILES = {
  '.worktrain.toml': 'setup = ["sh setup.sh"]\nchecks = ["sh check.sh"]\n',
  // Fails for the session that says so, the first time.
  'setup.sh':
    'case $(git branch --show-current) in *set-up-*) test -e .again || { touch .again; exit 1; };; esac\n',
  '.gitignore': '.again\n',
}

/** Longer than it takes to see that it has gone on. */
const MERGES_MS = 3000

const QUESTION = {
  question: 'Which colour?',
  header: 'Colour',
  multiSelect: false,
  options: ['Red', 'Blue'].map((label) => ({ label, description: `${label} it is` })),
}

export const WAITS: readonly Wait[] = [
  asked('permission', 'permission', 'manual', [
    { tool: 'Bash', input: { command: 'touch asked.txt', description: 'Touch' } },
    { text: 'Touched.' },
  ]),
  asked('question', 'question', 'manual', [
    { tool: 'AskUserQuestion', input: { questions: [QUESTION] } },
    { text: 'Blue.' },
  ]),
  asked('plan to approve', 'plan', 'plan', [
    ...presentPlan('# The plan\n\n1. Look\n2. Leap'),
    { text: 'Begun.' },
  ]),
  {
    ...{ title: 'rate limit', kind: 'rate-limited', claude: true, by: ['send'] },
    arrange: async (world, name, server) => {
      server.fail({ status: 429, mainOnly: true })
      await start(world, { name, goal: scripted('Say hello', [{ text: 'Hello.' }]), agent: 'claude' })
    },
  },
  {
    ...{ title: 'checks failed', kind: 'ejected', by: ['trainRetry'] },
    arrange: (world, name) => start(world, { ...program(name, commits(name, 'broken')), land: true }),
  },
  {
    ...{ title: 'conflict with main', kind: 'conflict', claude: true, by: ['send'] },
    arrange: async (world, name) => {
      const steps: Step[] = [
        { tool: 'Bash', input: { command: commits(name, 'same.txt'), description: 'Commit' } },
        { text: 'Committed.' },
        { text: 'Merging.', delayMs: MERGES_MS },
      ]
      const goal = scripted(`Do ${name}`, steps)
      await start(world, { name, goal, agent: 'claude', permissionMode: 'bypassPermissions' })
      await world.until(name, ({ lastMessage }) => lastMessage !== null, 'has spoken')
      writeFiles(world.repo, { 'same.txt': `not ${name}\n` })
      world.git(['add', '.'])
      world.git(['commit', '-qm', 'By hand'])
      // A landing makes it look again.
      await start(world, { ...program(`${name}-other`, commits(name, `${name}.txt`)), land: true })
      await world.until(`${name}-other`, ({ stage }) => stage === 'landed', 'lands')
    },
  },
  {
    ...{ title: 'review ready', kind: 'ready', by: ['land'], web: 'Y' },
    arrange: (world, name) => start(world, program(name, commits(name, `${name}.txt`))),
  },
  {
    ...{ title: 'set-up failed', kind: 'setup-failed', by: ['resume'] },
    arrange: (world, name) => start(world, program(name, 'exec cat')),
  },
  {
    ...{ title: 'interrupted', kind: 'interrupted', by: ['resume'] },
    arrange: async (world, name) => {
      await start(world, program(name, 'exec cat'))
      const { id } = await world.until(name, ({ process }) => process.state === 'running', 'runs')
      for (const pid of processesWithArgument(
        `${world.env.WORKTRAIN_HOME}/state/sessions/${id}/host-spec.json`,
      ))
        signal(pid, 'SIGKILL')
    },
  },
  {
    ...{ title: 'overlap', kind: 'overlap', by: ['allow'] },
    arrange: async (world, name) => {
      await start(world, { ...program(`${name}-owner`, 'exec cat'), owns: [`docs/${name}/**`] })
      const script = `mkdir -p docs/${name}; ${commits(name, `docs/${name}/a.txt`)}`
      await start(world, { ...program(name, script), owns: ['src/**'] })
    },
  },
  {
    ...{ title: 'train waiting', kind: 'train-paused', by: ['trainResume'] },
    arrange: async (world, name) => {
      await world.client.call('trainPause', { repo: world.repo, why: 'lunch' })
      await start(world, { ...program(name, commits(name, `${name}.txt`)), land: true })
    },
  },
]

function asked(title: string, kind: AttentionKind, permissionMode: string, steps: Step[]): Wait {
  return {
    ...{ title, kind, claude: true, by: ['answer'] },
    arrange: (world, name) =>
      start(world, { name, goal: scripted(`Do ${name}`, steps), agent: 'claude', permissionMode }),
  }
}

function program(name: string, script: string): Brief {
  return { name, goal: `Do ${name}`, agent: 'command', command: ['/bin/sh', '-c', script] }
}

const commits = (text: string, file: string): string =>
  `echo ${text} > ${file}; git add .; git commit -qm 'Add ${file}'`

async function start(world: World, brief: Brief): Promise<void> {
  await world.client.call('run', {
    ...{ repo: world.repo, sessions: [brief], limits: { active: 100, unreviewed: 100 } },
  })
}
