/** Apart from the fixture: the child that is killed must load nothing of vitest. */
import type { LineInCell } from '../../src/workspaces/workspace.ts'

/** As where no cell can be built. */
export const noCell: LineInCell = async ({ argv, env }) => {
  const variables = Object.entries({ PATH: process.env.PATH ?? '', ...env })
  return ['env', '-i', ...variables.map(([name, value]) => `${name}=${value}`), ...argv]
}
