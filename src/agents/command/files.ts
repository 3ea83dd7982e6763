/** Files that pass between Worktrain and a command: the prompt in, the handoff out. */
import { join } from 'node:path'

export interface CommandFiles {
  /** Below it nothing is writable for the command but `out`. */
  base: string
  prompt: string
  /** Writable directory. */
  out: string
  handoff: string
}

export function commandFiles(stateDir: string): CommandFiles {
  const base = join(stateDir, 'agent', 'command')
  const out = join(base, 'out')
  return { base, prompt: join(base, 'prompt'), out, handoff: join(out, 'handoff') }
}
