/** `node scripts/run.mjs FILE [ARGS…]`: runs a TypeScript file of this repository under Node 24. */
import { delimiter, dirname, resolve } from 'node:path'
import { ROOT, SetupError, become, main, setUp, withoutNpm } from './setup.mjs'

await main(async () => {
  const [file, ...args] = process.argv.slice(2)
  if (file === undefined) throw new SetupError('which file? usage: node scripts/run.mjs FILE [ARGS…]')
  const node = await setUp()
  const env = withoutNpm(process.env)
  become(node, [resolve(ROOT, file), ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: { ...env, PATH: [dirname(node), env.PATH].filter(Boolean).join(delimiter) },
  })
})
