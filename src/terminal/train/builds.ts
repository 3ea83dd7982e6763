/** What is being tested on top of what. Pure. */
import type { BuildView, CheckView, TrainView } from '../../protocol/api.ts'
import type { Colour, Look } from '../look.ts'
import { count, lines, oneLine, pad, short, truncate, width } from '../text.ts'
import { type Detail, hanging, output } from './lines.ts'
import { about, checkState } from './words.ts'

/** Share of the columns, and most of them, that a command may take where what came of it stands beside it. */
const COMMAND_SHARE = 0.4
const COMMAND_WIDTH = 28
/** Failed tests named below a check. */
const FAILURES = 3

/** By which builds are called on one page: A, B, C… */
export function letters(train: TrainView): Map<string, string> {
  return new Map(
    train.builds.map(({ id }, at) => [id, at < 26 ? String.fromCodePoint(65 + at) : `#${at + 1}`]),
  )
}

export function renderBuilds(train: TrainView, look: Look, now: number, detail: Detail): string[] {
  const { builds, slots } = train
  if (builds.length === 0) return []
  const names = letters(train)
  const room = detail.reasons
    ? ` (${builds.length} of ${count(slots.count, 'slot')}${slots.why === '' ? '' : `; ${oneLine(slots.why)}`})`
    : ` (${builds.length} of ${count(slots.count, 'slot')})`
  const said = [truncate(`${look.paint('bold', 'testing')}${room}`, look.width)]
  for (const build of builds) {
    const left = build.expected === null || build.expected <= now ? null : about(build.expected - now)
    const first = `  ${pad(names.get(build.id) ?? '', 2)} `
    said.push(
      ...hanging(first, `${onTopOf(train, build, names)}${left === null ? '' : ` · ${left} left`}`, 5, look),
    )
    if (detail.reasons)
      for (const { path, how, from } of build.resolved)
        said.push(
          truncate(
            `     ${oneLine(path)}: conflict resolved ${how === 'remembered' ? 'as before, in' : 'by'} ${oneLine(how === 'remembered' ? short(from) : from)}`,
            look.width,
          ),
        )
    said.push(...checks(build.checks, look, detail))
  }
  return said
}

/** `A + web` where a build of the page is the beginning of this one, else the whole. */
function onTopOf(train: TrainView, build: BuildView, names: Map<string, string>): string {
  const main = `${oneLine(train.target)} ${short(build.base)}`
  if (build.members.length === 0) return `${main} itself`
  const beginning = train.builds
    .filter((other) => isBeginning(other, build))
    .toSorted((a, b) => b.members.length - a.members.length)[0]
  const start = beginning === undefined ? main : (names.get(beginning.id) ?? main)
  const added = build.members.slice(beginning?.members.length ?? 0).map((member) => oneLine(member.name))
  const again = build.purpose === 'retest' ? ', once more before it is ejected' : ''
  return `${[start, ...added].join(' + ')}${again}`
}

function isBeginning(other: BuildView, build: BuildView): boolean {
  return (
    other.id !== build.id &&
    other.members.length > 0 &&
    other.members.length < build.members.length &&
    other.members.every(({ commit }, at) => build.members[at]?.commit === commit)
  )
}

const COLOURS: Partial<Record<CheckView['state'], Colour>> = {
  passed: 'green',
  proven: 'green',
  failed: 'red',
  waiting: 'dim',
  skipped: 'dim',
}

export function checks(all: readonly CheckView[], look: Look, detail: Detail): string[] {
  const shown = detail.checks ? all : all.filter(({ state }) => state === 'running' || state === 'failed')
  const most = Math.min(COMMAND_WIDTH, Math.floor(look.width * COMMAND_SHARE))
  const commands = shown.map(({ command }) => truncate(oneLine(command), most))
  const widest = Math.max(0, ...commands.map(width))
  return shown.flatMap((check, at) => {
    const said = checkState(check)
    const colour = COLOURS[check.state]
    const cut = truncate(said, look.width - 7 - widest)
    const row = `     ${pad(commands[at] ?? '', widest)}  ${colour ? look.paint(colour, cut) : cut}`
    const printed = check.state === 'running' ? output(check.tail, detail.running, 7, look) : []
    return [row, ...(detail.reasons ? failures(check, look) : []), ...printed]
  })
}

export function failures({ tests }: Pick<CheckView, 'tests'>, look: Look): string[] {
  const all = tests?.failures ?? []
  const said = all.slice(0, FAILURES).map(({ name, message }) => {
    const first = lines(message).split('\n')[0]?.trim() ?? ''
    return truncate(`       ✗ ${oneLine(name)}${first === '' ? '' : `: ${oneLine(first)}`}`, look.width)
  })
  if (all.length > FAILURES) said.push(`       and ${all.length - FAILURES} more`)
  return said
}
