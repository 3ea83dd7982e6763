/**
 * What the text of a shell command says plainly about what it writes.
 *
 * Only what can be told soundly: a word with a variable, a substitution or a wildcard says nothing, and
 * a relative path says nothing once the command changes directory. The kernel decides the rest; here
 * nothing that is harmless may be refused (facts/claude-code 5.5).
 */
import { parseShell, type ShellCommand, type ShellWord } from './shell-words.ts'

export interface ShellWrites {
  /** Targets of `>` and the like. */
  files: string[]
  /** Repositories that a git command would change by `-C`, `--git-dir`, `--work-tree`, `worktree add`. */
  repositories: { path: string; does: string }[]
  /** Commands that start another agent. */
  agents: string[]
}

/** Subcommands of git that only look. */
const READING_GIT = new Set(
  (
    'log show diff status rev-parse rev-list ls-files ls-tree ls-remote cat-file blame grep describe shortlog ' +
    'merge-base name-rev for-each-ref show-ref show-branch cherry range-diff diff-tree diff-index diff-files ' +
    'check-ignore check-attr check-ref-format count-objects verify-commit verify-tag whatchanged version help ' +
    'archive bundle format-patch fsck var merge-tree'
  ).split(' '),
)
/** Subcommands that only look when called this way. */
const READING_FORMS: Record<string, RegExp> = {
  branch:
    /^(-[avrl]+|--list|--show-current|--contains|--merged|--no-merged|--all|--remotes|--sort|--format)?( |=|$)/,
  config: /^(--get|--get-all|--get-regexp|--list|-l|get|list)\b/,
  remote: /^(-v|--verbose|show|get-url)?( |$)/,
  stash: /^(list|show)\b/,
  tag: /^(-l|--list|-n\d*)?( |$)/,
  worktree: /^list\b/,
  reflog: /^(show\b.*)?$/,
  notes: /^(list|show)?( |$)/,
  submodule: /^(status|summary)?( |$)/,
}
const CHANGES_DIRECTORY = /^(cd|pushd|popd|chroot|nsenter|docker|podman|ssh|kubectl)$/
/** Words before a command that do not change what it does to files. */
const PREFIX = /^(then|do|else|elif|if|while|until|!|\{|time|command|exec|nohup|env|builtin)$/
/** An agent's program, and the forms of it that only look. */
const AGENT = /^(\S*\/)?claude$/
const READING_AGENT =
  /^(-v|--version|-h|--help|doctor|agents|mcp (list|get)|plugin list|config (list|get))( |$)/
/** Devices take no harm, and a descriptor (`>&2`) is no file. */
const NO_FILE = /^(\/dev\/|\/proc\/self\/|&|-$|\d+$)/

/** @param command text of a Bash tool call */
export function shellWrites(command: string): ShellWrites {
  const commands = parseShell(command)
  const writes: ShellWrites = { files: [], repositories: [], agents: [] }
  if (commands === null) return writes
  const moves = commands.some((each) => each.words.some((word) => CHANGES_DIRECTORY.test(word.text)))
  const known = (word: ShellWord | undefined): word is ShellWord =>
    word !== undefined && word.literal && word.text !== '' && (!moves || /^[/~]/.test(word.text))
  for (const each of commands) {
    for (const target of each.redirects)
      if (known(target) && !NO_FILE.test(target.text)) writes.files.push(target.text)
    gitWrites(each, known, writes)
    const [program, ...rest] = each.words.slice(each.words.findIndex(isProgram)).map((word) => word.text)
    const line = rest.join(' ')
    if (program !== undefined && AGENT.test(program) && !READING_AGENT.test(line))
      writes.agents.push(`${program} ${line}`.trim().slice(0, 200))
  }
  return writes
}

/**
 * Directories that a command says plainly that it works in, absolute: by `cd`, by an option `-C`.
 * @param cwd where it starts
 */
export function directoriesOf(command: string, cwd: string): string[] {
  return (parseShell(command) ?? []).flatMap(({ words }) =>
    words.flatMap(({ text }, i) => {
      const to = words[i + 1]
      const moves = text === '-C' || (i === 0 && (text === 'cd' || text === 'pushd'))
      if (!moves || !to?.literal || to.text === '' || to.text.startsWith('-')) return []
      return [to.text.startsWith('/') ? to.text : `${cwd}/${to.text}`]
    }),
  )
}

/** Not a word that only stands before a command. */
function isProgram(word: ShellWord): boolean {
  return !PREFIX.test(word.text) && !/^\w+=/.test(word.text)
}

function gitWrites(
  { words }: ShellCommand,
  known: (word: ShellWord | undefined) => word is ShellWord,
  writes: ShellWrites,
): void {
  const places: ShellWord[] = []
  let i = 0
  for (; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) return
    const assigned = /^(GIT_DIR|GIT_WORK_TREE)=(.*)$/s.exec(word.text)
    if (assigned) places.push({ text: assigned[2] ?? '', literal: word.literal })
    else if (isProgram(word)) break
  }
  if (!/^(\/usr(\/local)?\/bin\/)?git$/.test(words[i]?.text ?? '')) return
  for (i++; i < words.length; i++) {
    const text = words[i]?.text ?? ''
    const inline = /^(--git-dir|--work-tree)=(.*)$/s.exec(text)
    const next = words[i + 1]
    if (inline) places.push({ text: inline[2] ?? '', literal: words[i]?.literal === true })
    else if (text === '-C' || text === '--git-dir' || text === '--work-tree') {
      i++
      if (next) places.push(next)
    } else if (text === '-c' || text === '--namespace' || text === '--config-env') i++
    else if (!text.startsWith('-')) break
  }
  const subcommand = words[i]?.text
  if (subcommand === undefined) return
  const rest = words.slice(i + 1)
  const line = rest.map((word) => word.text).join(' ')
  if (subcommand === 'worktree' && rest[0]?.text === 'add' && places.length === 0) {
    const path = worktreePath(rest.slice(1))
    if (known(path)) writes.repositories.push({ path: path.text, does: `git worktree add ${path.text}` })
  }
  if (READING_GIT.has(subcommand) || READING_FORMS[subcommand]?.test(line)) return
  // A second -C counts from the first: only single ones are judged when relative.
  const relative = places.filter((place) => !/^[/~]/.test(place.text)).length
  for (const place of places) {
    if (!known(place) || (relative > 0 && places.length > 1 && !/^[/~]/.test(place.text))) continue
    writes.repositories.push({ path: place.text, does: `git ${subcommand}` })
  }
}

/** First argument of `git worktree add` that is not an option or an option's value. */
function worktreePath(words: ShellWord[]): ShellWord | undefined {
  for (let i = 0; i < words.length; i++) {
    const text = words[i]?.text ?? ''
    if (text === '-b' || text === '-B' || text === '--reason') i++
    else if (!text.startsWith('-')) return words[i]
  }
  return undefined
}
