/** Writes docs/reference from the code: `npm run reference`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cliReference } from '../src/cli/reference.ts'

const directory = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'reference')
mkdirSync(directory, { recursive: true })
writeFileSync(join(directory, 'cli.md'), cliReference())
