/** `worktrain rehearse`. */
import { VERSION } from '../../protocol/version.ts'
import { rehearse } from '../../rehearsal/rehearse.ts'
import type { Context } from '../context.ts'
import { besides } from '../context.ts'

export interface RehearseOptions {
  /** False with --no-fetch. */
  fetch: boolean
  agent?: 'claude' | 'scripted'
  keep?: true
  dir?: string
}

/** It makes a Worktrain of its own, beside the person's: nothing of theirs is seen or touched. */
export function run(ctx: Context, _args: [], options: RehearseOptions): Promise<number> {
  return rehearse({
    env: ctx.env,
    out: ctx.stdout,
    isTTY: ctx.stdout.isTTY === true,
    look: ctx.look,
    spawn: { node: process.execPath, entry: besides('supervisor') },
    version: VERSION,
    options: {
      noFetch: !options.fetch,
      keep: options.keep ?? false,
      json: ctx.json,
      ...(options.agent === undefined ? {} : { agent: options.agent }),
      ...(options.dir === undefined ? {} : { dir: options.dir }),
    },
  })
}
