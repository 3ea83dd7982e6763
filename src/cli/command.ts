/** The shape of a row of the command table. */
import type { Context } from './context.ts'

export const GROUPS = ['Sessions', 'Terminal', 'Work', 'Train', 'Afterlife', 'Set-up'] as const

export interface OptionRow {
  /** In commander's notation: `-f, --file <FILE>`. */
  flags: string
  about: string
  /** May be given several times; the values are collected. */
  repeat?: true
  choices?: readonly string[]
}

export interface Command {
  name: string
  aliases?: readonly string[]
  group: (typeof GROUPS)[number]
  /** One line, lower case, no full stop: it stands beside the name in `worktrain --help`. */
  summary: string
  /** What else a person should know before using it. */
  about?: string
  /** Positional arguments in commander's notation, each with a description. */
  arguments?: readonly { name: string; about: string; choices?: readonly string[] }[]
  options?: readonly OptionRow[]
  /** Words after `--` belong to another program and come as `options.rest`. */
  rest?: true
  /** Command lines, each with what it does. At least one. */
  examples: readonly (readonly [command: string, does: string])[]
  /** What shells complete the first argument with. */
  completes?: 'sessions' | readonly string[]
  /** And the ones after it, where that is something else. */
  thenCompletes?: 'sessions'
  /** Loaded when the command runs, so that `ls` does not wait for the code of `rehearse`. */
  load: () => Promise<CommandModule>
}

/** `run` of a command's file. Its answer is the exit code; nothing: 0. */
export interface CommandModule {
  run: (ctx: Context, args: never, options: never) => Promise<number | void>
}
