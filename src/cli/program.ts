/** The command table as a commander program. */
import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { WorktrainError } from '../protocol/errors.ts'
import { VERSION } from '../protocol/version.ts'
import type { Command, OptionRow } from './command.ts'
import { COMMANDS } from './commands.ts'

/** What was asked for: a command with what it was given, or text to print (help, version). */
export type Request =
  | { kind: 'text'; text: string }
  | { kind: 'command'; command: Command; args: unknown[]; options: Options }

export type Options = { json?: boolean; repo?: string; rest?: string[] } & Record<string, unknown>

/** Columns of help at most. */
const HELP_WIDTH = 100
const EVERYWHERE = `
Every command takes --json, --repo DIR and --help. A name may be shortened as long as it stays unique.
Exit code: 0 done, 1 failed, 2 usage, 3 refused to protect work, 4 needs you.
`

/**
 * @param argv arguments after the program's name
 * @param columns that help may take
 * @throws WorktrainError USAGE for what is no command line, with a suggestion where there is one
 */
export async function parse(argv: readonly string[], columns = HELP_WIDTH): Promise<Request> {
  let request: Request | null = null
  let text = ''
  const { words, rest } = splitRest(argv)
  const program = build((command, args, options) => (request = { kind: 'command', command, args, options }))
  configure(program, columns, (written) => (text += written))
  try {
    await program.parseAsync(words.length > 0 ? words : ['board'], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw usage(error, words)
    return { kind: 'text', text }
  }
  const found = request as Request | null
  if (found === null) return { kind: 'text', text: program.helpInformation() }
  if (found.kind === 'command' && rest.length > 0) found.options.rest = rest
  return found
}

/** Help of the whole program, or of one command, as it is printed. */
export function helpOf(name?: string): string {
  const program = build(() => {})
  let text = ''
  configure(program, HELP_WIDTH, (written) => (text += written))
  const target = name === undefined ? program : program.commands.find((command) => command.name() === name)
  if (target === undefined) throw new WorktrainError('USAGE', `There is no command ${name}.`)
  target.outputHelp()
  return text
}

/** Words after `--` belong to the program that `run` starts; other commands take them as arguments. */
function splitRest(argv: readonly string[]): { words: string[]; rest: string[] } {
  const at = argv.indexOf('--')
  const name = argv.find((word) => !word.startsWith('-'))
  const takesRest = COMMANDS.some((command) => command.name === name && command.rest)
  return at < 0 || !takesRest
    ? { words: [...argv], rest: [] }
    : { words: argv.slice(0, at), rest: argv.slice(at + 1) }
}

function build(act: (command: Command, args: unknown[], options: Options) => void): Commander {
  const program = new Commander('worktrain')
    .description(
      'Run many coding agents in parallel on one git repository: worktrees in, one tested train out.',
    )
    .usage('COMMAND [ARGUMENTS]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpCommand(
      new Commander('help').argument('[command]').summary('print the help of a command').helpGroup('Set-up:'),
    )
    .addHelpText('after', EVERYWHERE)
  for (const row of COMMANDS) program.addCommand(commandOf(row, act))
  return program
}

function commandOf(
  row: Command,
  act: (command: Command, args: unknown[], options: Options) => void,
): Commander {
  const command = new Commander(row.name)
    .summary(row.summary)
    .description(sentence(row.summary) + (row.about ? `\n\n${flowing(row.about)}` : ''))
    .aliases([...(row.aliases ?? [])])
    .helpGroup(`${row.group}:`)
    .helpOption('-h, --help', 'print this help')
  for (const { name, about, choices } of row.arguments ?? []) {
    const argument = new Argument(name, about)
    command.addArgument(choices ? argument.choices([...choices]) : argument)
  }
  for (const option of row.options ?? []) command.addOption(optionOf(option))
  command.option('--repo <DIR>', 'the repository; the current directory when not given')
  command.option('--json', 'print what the API answers')
  command.addHelpText('after', examples(row))
  command.action((...given: unknown[]) => {
    // Commander passes the arguments, then the options, then itself.
    act(row, given.slice(0, -2), given.at(-2) as Options)
  })
  return command
}

function optionOf({ flags, about, repeat, choices }: OptionRow): Option {
  const option = new Option(flags, about)
  if (choices) option.choices([...choices])
  if (repeat) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

/** Lines of the source are no lines of the help, which breaks where the terminal ends. */
function flowing(about: string): string {
  return about.replace(/(?<!\n)\n(?!\n)/g, ' ')
}

/** Ready to be copied: what an example does stands above it, as a shell's comment. */
function examples(row: Command): string {
  const shown = row.examples.map(([command, does]) => `${does ? `  # ${does}\n` : ''}  ${command}\n`)
  return `\nExamples:\n${shown.join('')}`
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
}

function configure(program: Commander, columns: number, write: (text: string) => void): void {
  const helpWidth = Math.min(columns, HELP_WIDTH)
  for (const command of [program, ...program.commands]) {
    command.exitOverride()
    command.configureOutput({ writeOut: write, writeErr: () => {}, getOutHasColors: () => false })
    command.configureHelp({ helpWidth, subcommandTerm: termOf })
  }
}

/** Without the `[options]` that every command has. */
function termOf(command: Commander): string {
  const names = [command.name(), ...command.aliases()].join(', ')
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [names, ...args].join(' ')
}

function usage(error: CommanderError, words: readonly string[]): WorktrainError {
  const name = words.find((word) => !word.startsWith('-'))
  const known = COMMANDS.find((command) => command.name === name || command.aliases?.includes(name ?? ''))
  const said = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, ' (did you mean $1?)')
  return new WorktrainError('USAGE', `${said.charAt(0).toUpperCase()}${said.slice(1)}`, {
    hint: known ? `See \`worktrain ${known.name} --help\`.` : 'See `worktrain --help`.',
    details: { reason: error.code },
  })
}
