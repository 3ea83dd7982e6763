/** TAP 13 and 14, read as it comes: the Test Anything Protocol of node --test, prove, bats and others. Pure. */
import { StringDecoder } from 'node:string_decoder'
import type { TestReport } from '../../../protocol/index.ts'
import { tally } from './report.ts'

/** Characters of a line that are looked at: nothing is kept of what a hostile one has more. */
const LINE_MAX = 16 * 1024
const DEPTH_MAX = 32
/** Failed tests of a suite that are kept until its name is known. */
const NAMED_MAX = 100
/** Lines kept of the diagnostics below a test. */
const DIAGNOSTICS_MAX = 60

export interface TapReader {
  push(chunk: Uint8Array): void
  /** @returns null when nothing said that this is TAP */
  end(): TestReport | null
}

const VERSION = /^TAP version 1[34]$/
const PLAN = /^1\.\.(\d+)/
const POINT = /^(not )?ok\b(?:\s+\d+)?\s*(?:- )?(.*)$/s

interface Failed {
  /** From the outermost suite on. */
  names: string[]
  diagnostics: string[]
}

interface Level {
  failed: Failed[]
  /** Further ones, of which nothing is kept. */
  more: number
}

/**
 * Counts the innermost tests: a test with tests below it is a suite, and counts only where it failed by itself.
 * @param root directory the tests ran in
 */
export function tapReader(root: string): TapReader {
  const counted = tally('tap', root)
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let known = false
  let planned = false
  /** By depth: tests below a suite that is not complete yet. */
  let below: (Level | undefined)[] = []
  let current: Failed | null = null
  /** Indentation of the diagnostics that are being read. */
  let diagnostics: string | null = null

  const levelAt = (depth: number) => (below[depth] ??= { failed: [], more: 0 })
  const complete = ({ failed, more }: Level) => {
    for (const { names, diagnostics: lines } of failed)
      counted.fail(names.join(' > '), () => messageOf(lines))
    for (let n = 0; n < more; n++) counted.fail('', () => '')
  }
  const add = (level: Level, one: Failed) => {
    if (level.failed.length < NAMED_MAX) level.failed.push(one)
    else level.more++
  }

  function point(depth: number, text: string, notOk: boolean) {
    const { name, directive } = parsed(text)
    const inside = below.splice(depth + 1).filter((level) => level !== undefined)
    if (depth === 0) {
      // Its diagnostics are complete.
      complete(levelAt(0))
      below = []
    }
    current = null
    const here = levelAt(depth)
    for (const { failed, more } of inside) {
      for (const one of failed) add(here, { ...one, names: [name, ...one.names] })
      here.more += more
    }
    const isSuite = inside.length > 0
    if (directive) {
      if (!isSuite) counted.skip()
    } else if (!notOk) {
      if (!isSuite) counted.pass()
    } else if (inside.every(({ failed }) => failed.length === 0)) {
      current = { names: [name], diagnostics: [] }
      add(here, current)
    }
  }

  function line(raw: string) {
    const text = raw.length > LINE_MAX ? raw.slice(0, LINE_MAX) : raw
    const indent = /^ */.exec(text)?.[0].length ?? 0
    if (diagnostics !== null) {
      if (text === `${diagnostics}...`) diagnostics = null
      else if (text.startsWith(diagnostics) || text.trim() === '') {
        if (current && current.diagnostics.length < DIAGNOSTICS_MAX)
          current.diagnostics.push(text.slice(diagnostics.length))
        return
      } else diagnostics = null
      if (text.trim() === '...') return
    }
    if (/^ +---$/.test(text)) {
      diagnostics = ' '.repeat(indent)
      return
    }
    const depth = indent / 4
    if (!Number.isInteger(depth) || depth > DEPTH_MAX) return
    const body = text.slice(indent).trimEnd()
    if (depth === 0 && VERSION.test(body)) known = true
    else if (depth === 0 && PLAN.test(body)) planned = true
    else if (depth === 0 && body.startsWith('Bail out!')) add(levelAt(0), { names: [body], diagnostics: [] })
    else {
      const found = POINT.exec(body)
      if (found) point(depth, found[2] ?? '', found[1] !== undefined)
    }
  }

  function take(text: string) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    // A line that never ends.
    if (rest.length > LINE_MAX) rest = rest.slice(0, LINE_MAX)
    for (const one of lines) line(one.endsWith('\r') ? one.slice(0, -1) : one)
  }

  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk))),
    end() {
      take(`${decoder.end()}\n`)
      for (const level of below) if (level) complete(level)
      below = []
      return (known || planned) && counted.seen() > 0 ? counted.report() : null
    },
  }
}

export function parseTap(text: string, root: string): TestReport | null {
  const reader = tapReader(root)
  reader.push(Buffer.from(text))
  return reader.end()
}

/** The name without its directive; `\#` and `\\` stand for themselves. */
function parsed(text: string): { name: string; directive: boolean } {
  const at = text.search(/(?:^|\s)#\s*(?:skip|todo)\b/i)
  const name = at === -1 ? text : text.slice(0, at)
  return { name: name.replace(/\\([\\#])/g, '$1').trim(), directive: at !== -1 }
}

/** What the diagnostics say went wrong; all of them where no key says so. */
function messageOf(lines: readonly string[]): string {
  const at = lines.findIndex((one) => /^(error|message):/.test(one))
  if (at === -1) return lines.join('\n')
  const inline = (lines[at] ?? '').replace(/^\w+:\s*/, '')
  if (!/^[|>][+-]?$/.test(inline)) return inline.replace(/^(['"])(.*)\1$/s, '$2')
  const block: string[] = []
  for (const one of lines.slice(at + 1)) {
    if (one.trim() !== '' && !one.startsWith('  ')) break
    block.push(one.slice(2))
  }
  return block.join('\n')
}
