/** Apart from the fixture: the child that is killed must load nothing of vitest. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Repository } from '../../src/git/index.ts'
import type { LineInCell } from '../../src/workspaces/workspace.ts'

/** As where no cell can be built. */
export const noCell: LineInCell = async ({ argv, env }) => {
  const variables = Object.entries({ PATH: process.env.PATH ?? '', ...env })
  return ['env', '-i', ...variables.map(([name, value]) => `${name}=${value}`), ...argv]
}

/** What a spec needs besides data: no cell, and what stands in the main checkout. */
export const portsOf = ({ repository: { root } }: { repository: Repository }) => ({
  lineInCell: noCell,
  include: async () => {
    const file = join(root, '.worktreeinclude')
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  },
})
