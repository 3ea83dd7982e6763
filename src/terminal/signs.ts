/** How a terminal draws the person's look: its bell, and its title. Nothing where there is no terminal. */
import type { Streams } from './screen.ts'

const BELL = '\u0007'
const KEEP_TITLE = '\u001b[22;0t'
const RESTORE_TITLE = '\u001b[23;0t'

export interface Signs {
  /** How many items wait, in the title. */
  waiting: (count: number) => void
  ring: () => void
  /** The title as it was before. */
  close: () => void
}

export function signs({ stdout, env }: Pick<Streams, 'stdout' | 'env'>): Signs {
  const able = stdout.isTTY === true && env.TERM !== 'dumb'
  const write = (text: string): void => void (able && stdout.write(text))
  write(KEEP_TITLE)
  return {
    waiting: (count) => write(`\u001b]2;${count === 0 ? 'worktrain' : `(${count}) worktrain`}${BELL}`),
    ring: () => write(BELL),
    close: () => write(RESTORE_TITLE),
  }
}
