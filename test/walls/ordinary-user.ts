/** `node ordinary-user.ts RUNG SCRIPT`: the script in the cell of a world that this user made; prints what came. */
import { makeWorld } from './world.ts'

const [, , rung, script = ''] = process.argv
const world = makeWorld()
try {
  const wanted = rung === 'landlock' ? 'landlock' : 'bubblewrap'
  const { code, stdout, stderr } = await world.script(script, { rung: wanted })
  console.log(JSON.stringify({ code, stdout, stderr, uid: process.getuid?.() }))
} finally {
  world.remove()
}
