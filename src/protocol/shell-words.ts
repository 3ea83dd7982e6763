/**
 * A shell command line cut into simple commands, as far as that can be done without running it.
 *
 * Not a shell: it knows quoting, comments, here-documents, redirections and what separates commands;
 * what it does not understand makes it give up rather than guess.
 */

export interface ShellWord {
  text: string
  /** False: a variable, substitution, wildcard or brace decides what it becomes. */
  literal: boolean
}

export interface ShellCommand {
  words: ShellWord[]
  /** Targets of output redirections. */
  redirects: ShellWord[]
}

/** @returns null when the text is not understood to its end (open quote, open substitution) */
export function parseShell(text: string): ShellCommand[] | null {
  const commands: ShellCommand[] = []
  let current: ShellCommand = { words: [], redirects: [] }
  let documents: { delimiter: string; tabs: boolean }[] = []
  let inTest = false
  let at = 0
  const finish = () => {
    if (current.words.length > 0 || current.redirects.length > 0) commands.push(current)
    current = { words: [], redirects: [] }
  }
  while (at < text.length) {
    const c = text[at] ?? ''
    if (c === '\n') {
      finish()
      at++
      for (const document of documents) {
        const end = endOfDocument(text, at, document)
        if (end === null) return null
        at = end
      }
      documents = []
    } else if (c === ' ' || c === '\t' || c === '\r') at++
    else if (c === '\\' && text[at + 1] === '\n') at += 2
    else if (c === '#') at = indexOrEnd(text, '\n', at)
    else if (text.startsWith('((', at) && current.words.length === 0) {
      const end = endOfGroup(text, at + 1)
      if (end === null) return null
      at = end + 1
    } else if (inTest && /[<>()&|]/.test(c)) at++
    else if (c === '<' && text[at + 1] === '<' && text[at + 2] !== '<') {
      const tabs = text[at + 2] === '-'
      const word = readWord(text, skipBlanks(text, at + (tabs ? 3 : 2)))
      if (word === null || word.word.text === '') return null
      documents.push({ delimiter: word.word.text, tabs })
      at = word.end
    } else if ((c === '<' || c === '>') && text[at + 1] === '(') {
      const end = endOfGroup(text, at + 1)
      if (end === null) return null
      current.words.push({ text: '', literal: false })
      at = end
    } else if (c === '<') {
      const width = text.startsWith('<<<', at) ? 3 : text[at + 1] === '>' || text[at + 1] === '&' ? 2 : 1
      const word = readWord(text, skipBlanks(text, at + width))
      if (word === null) return null
      if (text[at + 1] === '>') current.redirects.push(word.word)
      at = word.end
    } else if (c === '>' || (c === '&' && text[at + 1] === '>')) {
      const operator = /^(&>>|&>|>>|>\||>&|>)/.exec(text.slice(at, at + 3))?.[0] ?? '>'
      const last = current.words.at(-1)
      // `2>file`: the number is a descriptor, not an argument.
      if (c === '>' && last && /^\d$/.test(last.text) && /\d/.test(text[at - 1] ?? '')) current.words.pop()
      const word = readWord(text, skipBlanks(text, at + operator.length))
      if (word === null) return null
      current.redirects.push(word.word)
      at = word.end
    } else if (/[;&|()]/.test(c)) {
      finish()
      at++
    } else {
      const word = readWord(text, at)
      if (word === null) return null
      if (word.word.text === '[[' && current.words.length === 0) inTest = true
      if (word.word.text === ']]') inTest = false
      current.words.push(word.word)
      at = word.end
    }
  }
  if (documents.length > 0) return null
  finish()
  return commands
}

function readWord(text: string, start: number): { word: ShellWord; end: number } | null {
  let out = ''
  let literal = true
  let at = start
  for (; at < text.length;) {
    const c = text[at] ?? ''
    if (/[\s;&|()<>]/.test(c)) break
    if (c === '\\') {
      if (text[at + 1] !== '\n') out += text[at + 1] ?? ''
      at += 2
    } else if (c === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) return null
      out += text.slice(at + 1, end)
      at = end + 1
    } else if (c === '"') {
      const end = endOfDouble(text, at)
      if (end === null) return null
      const inner = text.slice(at + 1, end)
      if (/[$`]/.test(inner)) literal = false
      out += inner.replace(/\\(["\\$`])/g, '$1')
      at = end + 1
    } else if (c === '`') {
      const end = text.indexOf('`', at + 1)
      if (end < 0) return null
      literal = false
      at = end + 1
    } else if (c === '$') {
      literal = false
      if (text[at + 1] === '(' || text[at + 1] === '{') {
        const end = endOfGroup(text, at + 1)
        if (end === null) return null
        at = end
      } else if (text[at + 1] === "'") return null
      else {
        out += c
        at++
      }
    } else {
      // A tilde is known only as `~` or `~/…` at the start.
      if (/[*?[{]/.test(c) || (c === '~' && at === start && !/^~(\/|$|[\s;&|()<>])/.test(text.slice(at))))
        literal = false
      // `'~'` and `\~` are names, not the home.
      out += c
      at++
    }
  }
  if (/^['"\\]/.test(text[start] ?? '') && out.startsWith('~')) out = `./${out}`
  return { word: { text: out, literal }, end: at }
}

/** Index of the closing `"`. */
function endOfDouble(text: string, start: number): number | null {
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]
    if (c === '\\') at++
    else if (c === '"') return at
    else if (c === '`') {
      at = text.indexOf('`', at + 1)
      if (at < 0) return null
    } else if (c === '$' && text[at + 1] === '(') {
      const end = endOfGroup(text, at + 1)
      if (end === null) return null
      at = end - 1
    }
  }
  return null
}

/** Index after the `)` or `}` that closes the one at `start`. */
function endOfGroup(text: string, start: number): number | null {
  const open = text[start] ?? ''
  const close = open === '(' ? ')' : '}'
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const c = text[at]
    if (c === '\\') at++
    else if (c === "'") {
      at = text.indexOf("'", at + 1)
      if (at < 0) return null
    } else if (c === '"') {
      const end = endOfDouble(text, at)
      if (end === null) return null
      at = end
    } else if (
      open === '(' &&
      c === '<' &&
      text[at + 1] === '<' &&
      text[at + 2] !== '<' &&
      text[at - 1] !== '<'
    ) {
      // `$(cat <<'EOF'`: prose with apostrophes and brackets follows.
      const tabs = text[at + 2] === '-'
      const word = readWord(text, skipBlanks(text, at + (tabs ? 3 : 2)))
      if (word === null || word.word.text === '') return null
      const body = indexOrEnd(text, '\n', word.end) + 1
      const end = endOfDocument(text, body, { delimiter: word.word.text, tabs })
      if (end === null) return null
      at = end
    } else if (c === open) depth++
    else if (c === close && --depth === 0) return at + 1
  }
  return null
}

function endOfDocument(
  text: string,
  start: number,
  document: { delimiter: string; tabs: boolean },
): number | null {
  for (let at = start; at <= text.length;) {
    const end = indexOrEnd(text, '\n', at)
    const line = document.tabs ? text.slice(at, end).replace(/^\t+/, '') : text.slice(at, end)
    if (line === document.delimiter) return end
    if (end >= text.length) return null
    at = end + 1
  }
  return null
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found
}
