/** `worktrain init [--write]`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'smol-toml'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import { renderConfig } from './config.ts'

const FILE = '.worktrain.toml'

export async function run(ctx: Context, _args: [], options: { write?: true }): Promise<void> {
  const client = await ctx.supervisor()
  const config = await client.call('config', { repo: ctx.directory })
  if (!options.write) {
    ctx.show<'config'>(
      config,
      (found, look) => `${renderConfig(found, look)}\nwrite it with: worktrain init --write`,
    )
    return
  }
  const path = join(ctx.root ?? ctx.directory, FILE)
  try {
    writeFileSync(path, fileFor(config.values), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new WorktrainError('CONFIG_INVALID', `${path} is there already; it was not changed.`, {
      hint: 'Edit it, or remove it first.',
    })
  }
  ctx.show<'config'>(
    config,
    () => `wrote ${path}; its commands run only once you trust them: worktrain trust`,
  )
}

/** The values that hold something, as TOML. @param values by dotted name: each goes into the table of its first name */
export function fileFor(values: Record<string, unknown>): string {
  const file: Record<string, unknown> = {}
  const tables: Record<string, Record<string, unknown>> = {}
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue
    const [table, name] = key.split('.')
    if (table === undefined || name === undefined) file[key] = value
    else (tables[table] ??= {})[name] = value
  }
  const text = stringify({ ...file, ...tables })
  return `# Worktrain: how sessions of this repository are set up and checked. See \`worktrain config\`.\n${text}`
}
