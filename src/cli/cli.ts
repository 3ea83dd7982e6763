/** Runs one command line. */
import type { Context, Machine } from './context.ts'
import { createContext } from './context.ts'
import { lookOf } from '../terminal/look.ts'
import { exitCodeOf, failureJson, failureText, inPlace } from './failure.ts'
import { parse } from './program.ts'

/**
 * @param argv arguments after the program's name
 * @returns the exit code of the error table; 0: done
 */
export async function cli(argv: readonly string[], machine: Machine): Promise<number> {
  // Also for a command line that cannot be understood: a program that reads JSON must get JSON.
  const end = argv.indexOf('--')
  let json = argv.slice(0, end < 0 ? argv.length : end).includes('--json')
  try {
    const request = await parse(argv, machine.stdout.columns)
    if (request.kind === 'text') {
      machine.stdout.write(request.text)
      return 0
    }
    json = request.options.json ?? false
    const { run } = await request.command.load()
    const ctx = createContext(machine, request.options)
    const call = run as (ctx: Context, args: unknown[], options: object) => Promise<number | void>
    try {
      return (await call(ctx, request.args, request.options)) ?? 0
    } catch (error) {
      throw inPlace(error, request.command, request.args)
    }
  } catch (error) {
    if (json) machine.stdout.write(`${failureJson(error)}\n`)
    else
      machine.stderr.write(
        `${failureText(error, lookOf(machine.env, machine.stderr), Boolean(machine.env.WORKTRAIN_DEBUG))}\n`,
      )
    return exitCodeOf(error)
  }
}
