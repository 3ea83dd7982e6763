/** One brief of the week with what its agent does. The scripted model and the built-in scripted agent both follow it. */
import type { BriefInput } from '../../protocol/api.ts'
import type { Step } from '../model-server/index.ts'

/** A step with tools, and what its outcome is meant to be when that is not success. */
export interface WorkStep extends Step {
  /** `refused`: a wall must stop it. `fails`: a command that is meant to fail, such as a new test. */
  expects?: 'refused' | 'fails'
}

export interface Subagent {
  /** Its prompt, as the agent that starts it words it. */
  prompt: string
  steps: Step[]
}

export interface Work {
  /** The plan's entry, agent apart. */
  brief: Omit<Partial<BriefInput>, 'name' | 'goal' | 'land'> & { name: string; goal: string; land: boolean }
  /**
   * @param root the person's own checkout, for the one who tries to write there
   * @returns the last one carries the handoff
   */
  steps: (root: string) => WorkStep[]
  subagent?: Subagent
  /** What it answers to any later prompt. */
  afterwards: string
}

/** A path in the session's own workspace. */
export function at(path: string): string {
  return '${CWD}/' + path
}

/** The last step: a word to the person, and the handoff. */
export function handoff(
  word: string,
  claims: { files: string[]; behaviour: string; risks: string; next: string },
): WorkStep {
  const lines = [
    word,
    '',
    '```handoff',
    'files_changed:',
    ...claims.files.map((file) => `  - ${JSON.stringify(file)}`),
    `behaviour_changed: ${JSON.stringify(claims.behaviour)}`,
    'commands_run:',
    '  - "npm test"',
    `risks: ${JSON.stringify(claims.risks)}`,
    `follow_up: ${JSON.stringify(claims.next)}`,
    '```',
  ]
  return { text: lines.join('\n'), chunks: 4 }
}

export function bash(command: string, description: string): { tool: 'Bash'; input: Record<string, unknown> } {
  return { tool: 'Bash', input: { command, description } }
}

export function read(...paths: string[]): Pick<Step, 'tools'> {
  return { tools: paths.map((path) => ({ name: 'Read', input: { file_path: at(path) } })) }
}

export function write(path: string, content: string): { name: 'Write'; input: Record<string, unknown> } {
  return { name: 'Write', input: { file_path: at(path), content } }
}

export function edit(
  path: string,
  from: string,
  to: string,
): { name: 'Edit'; input: Record<string, unknown> } {
  return { name: 'Edit', input: { file_path: at(path), old_string: from, new_string: to } }
}

/** Stages everything and commits it. */
export function commit(message: string): { tool: 'Bash'; input: Record<string, unknown> } {
  return bash(`git add --all && git commit --quiet --message "${message}"`, 'Commit')
}
