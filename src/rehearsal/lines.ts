/** One line for each event that means something to a person. Pure. */
import type { Recorded } from '../protocol/events.ts'
import { rungTitle } from '../protocol/session.ts'
import { changesOf, inWords } from './story.ts'
import type { Story } from './story.ts'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

/** How to draw; all a pure function may know of the terminal. */
export interface Look {
  /** Columns. */
  width: number
  paint: (colour: Colour, text: string) => string
}

export interface Line {
  /** Name of the session. */
  who: string
  text: string
  colour: Colour | null
  /** It stays on the screen even where a table shows the present state. */
  lasting: boolean
}

/**
 * What an event says, if anything.
 * @param before the story without it
 */
export function lineOf(before: Story, event: Recorded): Line | null {
  const session = before.sessions.find((each) => each.id === event.id)
  const concerned = changesOf(before, event)
  const changes = before.changes.filter((each) => concerned.includes(each.id))
  const names = changes.map((each) => each.name).join(' + ')
  // A candidate without changes is main itself.
  const who = session?.name ?? (names || (event.aggregate === 'build' ? 'main' : ''))
  const line = (text: string, colour: Colour | null = null, lasting = false): Line => ({
    who,
    text,
    colour,
    lasting,
  })
  switch (event.type) {
    case 'session.planned':
      return { ...line(`planned: ${event.data.brief.goal.split('\n')[0]}`), who: event.data.name }
    case 'session.waiting':
      return line(event.data.why)
    case 'session.admitted':
      return line(`may start, from ${event.data.base.ref} at ${short(event.data.base.oid)}`)
    case 'workspace.made':
      return line(`has its workspace: ${event.data.path}`)
    case 'workspace.failed':
      return line(`cannot start: ${event.data.message}`, 'red', true)
    case 'process.launching':
      return line(
        `starts; its wall: ${rungTitle(event.data.rung)}${event.data.rungWhy && ` (${event.data.rungWhy})`}`,
      )
    case 'process.lost':
      return line(`lost its process: ${event.data.why}`, 'red', true)
    case 'activity.observed': {
      const doing = inWords(event.data.evidence, session?.workspace ?? '')
      return doing === null || doing === session?.doing ? null : line(doing, 'dim')
    }
    case 'command.observed':
      return line(`ran ${event.data.command}: ${ended(event.data.exit)}`)
    case 'refusal.recorded':
      return line(`refused: ${refusalText(event.data)}`, 'yellow', true)
    case 'question.opened':
      return line(`asks: ${event.data.question.summary}`, 'yellow', true)
    case 'branch.published':
      return line(`branch at ${short(event.data.oid)}`)
    case 'handoff.completed':
      return line(
        `hands off: ${count(event.data.observed.files.length, 'file')} changed, ${count(event.data.observed.commands.length, 'command')} seen`,
      )
    case 'prompt.sent':
      return event.data.from === 'train' ? line('is told why, as a prompt', null, true) : null
    case 'merge.predicted':
      return event.data.clean
        ? null
        : line(`would conflict with main in ${event.data.files.join(', ')}`, 'yellow', true)
    case 'change.queued':
      return { ...line('is on the train'), who: event.data.name }
    case 'build.made': {
      const names = event.data.members.map((member) => member.name).join(' + ')
      return {
        ...line(`train: merged with main at ${short(event.data.base)}`),
        who: names || event.data.target,
      }
    }
    case 'check.started':
      return line(`train: ${event.data.command} on the merged tree ${short(event.data.tree)}`)
    case 'check.finished':
      return line(
        `train: ${event.data.command}: ${ended(event.data.exit)} after ${seconds(event.data.ms)}`,
        event.data.exit === 0 ? null : 'red',
      )
    case 'train.landed':
      return line(`train: main is ${short(event.data.new)}, the tree that was tested`, 'green')
    case 'landing.blocked':
      return line(`train: waits, ${event.data.detail}`, 'yellow', true)
    case 'change.suspected':
      return line(`train: suspected, and tested again alone: ${event.data.detail}`, 'yellow', true)
    case 'change.cleared':
      return line(`train: back in its place: ${event.data.why}`)
    case 'build.ended':
      return event.data.why === 'landed' || event.data.why === 'judged'
        ? null
        : line(`train: given up: ${event.data.detail}`)
    case 'change.landed':
      return line(`landed as ${short(event.data.new)}`, 'green', true)
    case 'change.ejected':
      return line(`ejected: ${event.data.detail}`, 'red', true)
    case 'removal.refused':
      return line(`is not removed just like that: ${event.data.reasons.join('; ')}`, 'yellow')
    case 'removal.trashed':
      return line('workspace removed')
    default:
      return null
  }
}

/** `12.3 s  name  text`, the text cut to the width; a width of 0 leaves it whole. */
export function drawLine(line: Line, sinceStart: number, look: Look): string {
  const head = `${seconds(sinceStart).padStart(8)}  ${line.who.padEnd(NAME_WIDTH)}  `
  const text = look.width > 0 ? cut(line.text, look.width - head.length) : oneLine(line.text)
  return head + (line.colour ? look.paint(line.colour, text) : text)
}

export const NAME_WIDTH = 17

/** One line of text that fits. */
export function cut(text: string, width: number): string {
  const flat = oneLine(text)
  return flat.length <= width ? flat : `${flat.slice(0, Math.max(0, width - 1))}…`
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Text in lines no wider than `width`, broken at spaces; a word that is wider stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of oneLine(text).split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

export function short(oid: string): string {
  return oid.slice(0, 7)
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

/** What was refused and why; a reason that names the target names it for both. */
export function refusalText({ tool, target, why }: { tool: string; target: string; why: string }): string {
  return why.includes(target) ? `${tool}: ${why}` : `${tool} ${target}: ${why}`
}

function ended(exit: number | null): string {
  if (exit === null) return 'end not seen'
  return exit === 0 ? 'passed' : `exit ${exit}`
}
