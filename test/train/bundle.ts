/** The victim as one file: it is started a thousand times, and reads as many modules no more. */
import { join } from 'node:path'
import { build } from 'esbuild'

/** @param directory where the file is written. @returns its path */
export async function bundleVictim(directory: string): Promise<string> {
  const outfile = join(directory, 'victim.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'victim.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
    },
  })
  return outfile
}
