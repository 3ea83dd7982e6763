/** The live table: one row a session, redrawn in place. Pure. */
import { NAME_WIDTH, cut, seconds } from './lines.ts'
import type { Colour, Look } from './lines.ts'
import { changeOf } from './story.ts'
import type { ChangeTold, SessionTold, Story } from './story.ts'

const STAGE_WIDTH = 12

const COLOURS: Record<string, Colour> = {
  landed: 'green',
  ejected: 'red',
  failed: 'red',
  waiting: 'dim',
  testing: 'cyan',
  removed: 'dim',
}

/**
 * @param now ms since the epoch
 * @returns lines, none wider than the look's width
 */
export function drawTable(story: Story, startedAt: number, now: number, look: Look): string[] {
  const rows = story.sessions.map((session) => row(session, changeOf(story, session.name), look))
  const landed = story.changes.filter((change) => change.state === 'landed').length
  const foot = `${seconds(now - startedAt)}, ${landed} of ${story.sessions.length} landed`
  return [...rows, look.paint('dim', cut(foot, look.width))]
}

function row(session: SessionTold, change: ChangeTold | undefined, look: Look): string {
  const { stage, doing } = present(session, change)
  const head = session.name.padEnd(NAME_WIDTH)
  const colour = COLOURS[stage]
  const shown = stage.padEnd(STAGE_WIDTH)
  const rest = cut(doing, look.width - head.length - STAGE_WIDTH - 4)
  return `${head}  ${colour ? look.paint(colour, shown) : shown}  ${rest}`
}

/** On the train, the train knows better than the session how far it is. */
function present(session: SessionTold, change: ChangeTold | undefined): { stage: string; doing: string } {
  if (!change || session.removed || session.trouble) return session
  if (change.state === 'landed')
    return { stage: 'landed', doing: change.landed ? `main is ${change.landed.new.slice(0, 7)}` : '' }
  if (change.state === 'ejected') return { stage: 'ejected', doing: change.ejected?.detail ?? '' }
  if (change.state === 'queued') return { stage: 'on the train', doing: '' }
  return {
    stage: change.state,
    doing: change.tree ? `merged tree ${change.tree.slice(0, 7)}` : 'merging with main',
  }
}
