/** `npm start`: sets the clone up, then rehearses. `npm start -- ARGS` is `worktrain ARGS`. */
import { join } from 'node:path'
import { ROOT, become, main, setUp, withoutNpm } from './setup.mjs'

await main(async () => {
  const node = await setUp()
  const args = process.argv.slice(2)
  become(node, [join(ROOT, 'bin', 'worktrain.mjs'), ...(args.length > 0 ? args : ['rehearse'])], {
    // npm changes to the package's directory; the command is about where the person stands.
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: withoutNpm(process.env),
  })
})
