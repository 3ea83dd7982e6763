/** Every command, in the order of the help. Each runs from a file of its own under `commands/`. */
import type { Command } from './command.ts'
import { LANDING } from './table/landing.ts'
import { REVIEW } from './table/review.ts'
import { SESSIONS } from './table/sessions.ts'
import { SET_UP } from './table/set-up.ts'
import { TERMINAL } from './table/terminal.ts'

export const COMMANDS: readonly Command[] = [...SESSIONS, ...TERMINAL, ...REVIEW, ...LANDING, ...SET_UP]
