/** YAML that a stranger may have written, with the lines where things stand. */
import { Lexer, LineCounter, isAlias, isMap, isNode, isPair, isSeq, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import { WorktrainError } from '../protocol/index.ts'

export interface Yaml {
  value: unknown
  /** Line (from 1) of what stands at `path`, or of the nearest thing around it. */
  lineOf(path: readonly PropertyKey[]): number
}

const SIZE_MAX = 1024 * 1024
/** A plan shares a list of globs here and there; a bomb multiplies. */
const ALIASES_MAX = 50
/**
 * The parser's time grows with the square of keys, errors and nesting: 1 MiB of `? ` took it 7 minutes.
 * A session in a plan is some 60 tokens; a long text is one.
 */
const TOKENS_MAX = 20_000

/** @throws PLAN_INVALID when it is not YAML 1.2, holds the same key twice, or is made to exhaust the reader */
export function readYaml(text: string, file: string): Yaml {
  const refuse = (line: number | null, why: string, cause?: unknown): never => {
    throw new WorktrainError('PLAN_INVALID', `${file}${line === null ? '' : `:${line}`}: ${why}`, {
      cause,
      details: { file, line },
    })
  }
  if (Buffer.byteLength(text) > SIZE_MAX) refuse(null, 'is larger than 1 MiB.')
  let tokens = 0
  for (const _ of new Lexer().lex(text))
    if ((tokens += 1) > TOKENS_MAX) refuse(null, 'has far more structure than a plan needs.')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false })
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem)
    refuse(lines.linePos(problem.pos[0]).line, `${problem.message}.`.replace(/\.\.$/, '.'), problem)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (error) {
    refuse(null, `cannot be read: ${(error as Error).message}.`, error)
  }
  return { value, lineOf: (path) => lines.linePos(offsetOf(document, path)).line || 1 }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let offset = 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isNode(item.key) && String(item.key) === String(key),
      )
      if (pair && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair?.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else break
  }
  return offset
}
