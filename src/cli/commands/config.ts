/** `worktrain config`. */
import type { Outputs } from '../../protocol/api.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { columns, oneLine, truncate } from '../../terminal/text.ts'

export async function run(ctx: Context): Promise<void> {
  const client = await ctx.supervisor()
  ctx.show<'config'>(await client.call('config', { repo: ctx.directory }), renderConfig)
}

export function renderConfig({ values, sources, files }: Outputs['config'], look: Look): string {
  const rows = Object.entries(values).map(([key, value]) => [
    oneLine(key),
    oneLine(JSON.stringify(value) ?? 'unset'),
    oneLine(sources[key] ?? ''),
  ])
  const said = columns(rows).map((row) => truncate(row, look.width))
  said.push(
    ...(files.length > 0
      ? files.map((file) => `read ${oneLine(file)}`)
      : ['no configuration file; `worktrain init` shows what was found']),
  )
  return said.join('\n')
}
