/** Shell completion, made from the command table. Pure. */
import type { Command } from './command.ts'

/** Names of sessions, one a line, and nothing at all when no supervisor runs or answers. */
const SESSIONS = 'worktrain ls --names 2>/dev/null'

const flagsOf = (command: Command): string[] => [
  ...(command.options ?? []).flatMap(({ flags }) => flags.replace(/ [<[].*/, '').split(', ')),
  '--repo',
  '--json',
  '--help',
]

const wordsOf = (command: Command): readonly string[] =>
  command.completes === undefined || command.completes === 'sessions' ? [] : command.completes

/** @returns the script that the shell evaluates */
export function completionFor(shell: 'bash' | 'zsh' | 'fish', commands: readonly Command[]): string {
  if (shell === 'bash') return bash(commands)
  return shell === 'zsh' ? zsh(commands) : fish(commands)
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const names = [command.name, ...(command.aliases ?? [])].join('|')
    const words = command.completes === 'sessions' ? `$(${SESSIONS})` : wordsOf(command).join(' ')
    const then = command.thenCompletes ? ` [ "$COMP_CWORD" -gt 2 ] && words="$(${SESSIONS})";` : ''
    return `    ${names}) flags="${flagsOf(command).join(' ')}"; words="${words}";${then} ;;`
  })
  return `# worktrain completion for bash
_worktrain() {
  local current="\${COMP_WORDS[COMP_CWORD]}" flags words
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "${commands.map(({ name }) => name).join(' ')} help" -- "$current")
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) return ;;
  esac
  case "$current" in
    -*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
}
complete -o default -F _worktrain worktrain
`
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
  const described = commands.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  )
  const cases = commands.map((command) => {
    const names = [command.name, ...(command.aliases ?? [])].join('|')
    const words = command.completes === 'sessions' ? `\${(f)"$(${SESSIONS})"}` : wordsOf(command).join(' ')
    const then = command.thenCompletes ? ` (( CURRENT > 3 )) && words_=(\${(f)"$(${SESSIONS})"});` : ''
    return `    ${names}) flags=(${flagsOf(command).join(' ')}); words_=(${words});${then} ;;`
  })
  return `#compdef worktrain
# worktrain completion for zsh
_worktrain() {
  local -a commands flags words_
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    compadd -- $flags
  else
    compadd -- $words_
    _files
  fi
}
if [[ "$funcstack[1]" == _worktrain ]]; then _worktrain "$@"; else compdef _worktrain worktrain; fi
`
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const rows = commands.flatMap((command) => {
    const names = [command.name, ...(command.aliases ?? [])].join(' ')
    const when = `-n '__fish_seen_subcommand_from ${names}'`
    const sessions = command.completes === 'sessions' || command.thenCompletes === 'sessions'
    const words = [...wordsOf(command), ...(sessions ? [`(${SESSIONS})`] : [])].join(' ')
    const options = flagsOf(command).map((flag) =>
      flag.startsWith('--')
        ? `complete -c worktrain ${when} -l ${flag.slice(2)}`
        : `complete -c worktrain ${when} -s ${flag.slice(1)}`,
    )
    return [
      `complete -c worktrain -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...(words === '' ? [] : [`complete -c worktrain ${when} -f -a ${quoted(words)}`]),
      ...options,
    ]
  })
  return `# worktrain completion for fish\n${rows.join('\n')}\n`
}
