/** Which code is coloured, and how a hunk of it falls into lines. Pure. */
import type { ReviewHunk, ReviewLine } from '../../protocol/review.ts'
import { type Span, spansOf } from './pieces.ts'

/** What `languages.ts` gives once it is there: code with `span` elements. */
export type Highlight = (code: string, language: string) => string

/** Ends of names, by the language they are of. */
const ENDS: Record<string, string> = {
  bash: 'sh bash zsh',
  c: 'c h',
  cpp: 'cc cpp cxx hh hpp',
  csharp: 'cs',
  css: 'css',
  dockerfile: 'dockerfile',
  elixir: 'ex exs',
  go: 'go',
  ini: 'ini toml cfg conf env',
  java: 'java',
  javascript: 'js jsx mjs cjs',
  json: 'json jsonc json5',
  kotlin: 'kt kts',
  makefile: 'makefile mk',
  markdown: 'md mdx markdown',
  php: 'php',
  python: 'py pyi',
  ruby: 'rb rake gemspec gemfile rakefile',
  rust: 'rs',
  scss: 'scss sass less',
  sql: 'sql',
  swift: 'swift',
  typescript: 'ts tsx mts cts',
  xml: 'xml html htm svg vue svelte erb',
  yaml: 'yml yaml',
}
const BY_END = new Map(
  Object.entries(ENDS).flatMap(([language, ends]) => ends.split(' ').map((end) => [end, language] as const)),
)

/** Code of a hunk that is longer is not coloured: it would stop the page. Characters. */
const CODE_MAX = 60_000

/** The language of a file; null: none that is coloured. */
export function languageOf(path: string): string | null {
  const name = path.split('/').at(-1)?.replace(/"$/, '').toLowerCase() ?? ''
  return BY_END.get(name.split('.').at(-1) ?? '') ?? null
}

/**
 * Spans of each line of a hunk: its old and its new text each as a whole, as comments may span lines.
 * @param most characters of code; none of a longer hunk
 */
export function coloured(
  { lines }: ReviewHunk,
  highlight: (code: string) => string,
  most = CODE_MAX,
): Map<ReviewLine, readonly Span[]> {
  const found = new Map<ReviewLine, readonly Span[]>()
  if (lines.reduce((sum, { text }) => sum + text.length, 0) > most) return found
  for (const other of ['added', 'removed'] as const) {
    const side = lines.filter(({ kind }) => kind !== other)
    // Such as the old side of a new file: no lines, not one empty line.
    if (side.length === 0) continue
    const spans = spansOf(highlight(side.map(({ text }) => text).join('\n')))
    // A text that holds a line's end of its own would shift all that follows.
    if (spans.length !== side.length) return new Map()
    for (const [i, line] of side.entries()) found.set(line, spans[i] ?? [])
  }
  return found
}
