/** Sockets that other programs hold open: a read-only mount does not close them. */
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, noCell, type World } from './world.ts'

/** Connects, and says how that went. */
const REACH = `"$NODE" -e 'require("net").connect(process.argv[1], () => { console.log("reached"); process.exit() }).on("error", (e) => console.log(e.code))'`

describe.skipIf(noCell)(`in its cell${noCell}`, () => {
  let w: World
  const servers: Server[] = []
  const listen = async (path: string) => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(path, resolve))
    servers.push(server)
    return path
  }
  beforeAll(() => {
    w = makeWorld()
  })
  afterAll(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve))
    w.remove()
  })
  const reach = async (path: string, readable: string[] = []) =>
    (await w.script(`${REACH} '${path}'`, { spec: { readable: [...w.spec.readable, ...readable] } })).stdout

  test('a session reaches no socket of the home, but those it was given and its own', async () => {
    // Whatever stands in its name.
    const path = await listen(join(w.home, 'a daemon: 1 2.sock'))
    expect(await reach(path)).toBe('ECONNREFUSED\n')
    expect(await reach(path, [path])).toBe('reached\n')
    expect(await reach(await listen(join(w.ws, 'dev.sock')))).toBe('reached\n')
  })
})
