/** What a session does all day works in its cell, and is refused nothing. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildCell } from '../../src/walls/index.ts'
import { EVERYDAY, everydayResults, everydayScript } from '../fixtures/everyday-git.ts'
import { makeWorld, noCell, type World } from '../walls/world.ts'
import { CHORES, missing } from './chores.ts'

let w: World
beforeAll(() => {
  w = makeWorld()
})
afterAll(() => w.remove())

describe.skipIf(noCell)(`in its cell${noCell}`, () => {
  test('every everyday git command works', async () => {
    const { stdout, stderr } = await w.script(everydayScript('/tmp/everyday'))
    const done = everydayResults(stdout)
    expect(done.filter(({ ok }) => !ok)).toEqual([])
    expect(done, stderr).toHaveLength(EVERYDAY.length)
    expect(w.git(w.main, 'fsck')).toBe('')
    // What it made can be fetched from outside.
    w.git(w.main, 'fetch', '-q', join(w.ws, '.git'), 'worktrain/one')
    expect(w.git(w.main, 'rev-parse', 'FETCH_HEAD')).toBe(w.git(w.ws, 'rev-parse', 'HEAD'))
  })

  for (const chore of CHORES) {
    const without = missing(chore)
    test.skipIf(without)(`${chore.name}${without && ` (skipped: no ${without})`}`, async () => {
      const { code, stdout, stderr } = await w.script(`set -e\n${chore.script}`)
      expect(code, stdout + stderr).toBe(0)
      expect(stdout + stderr).not.toMatch(/read-only file system|EROFS|permission denied/i)
    })
  }

  test('a dev server is reached from inside and from outside', async () => {
    const serve = `"$NODE" -e '
      const s = require("http").createServer((q, r) => { r.end("served"); if (q.url === "/end") s.close() })
      s.listen(0, "127.0.0.1", async () => { const { port } = s.address()
        console.log(await (await fetch("http://localhost:" + port)).text(), port) })'`
    const argv = ['/bin/sh', '-c', serve]
    const cell = await buildCell(w.spec, { argv, env: { PATH: process.env.PATH } })
    const env = { ...w.env, ...cell.env, NODE: process.execPath }
    const [program = '', ...args] = cell.argv
    const child = spawn(program, args, { cwd: w.ws, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const said = await new Promise<string>((resolve) =>
      child.stdout.once('data', (bytes) => resolve(String(bytes))),
    )
    const [inside, port] = said.trim().split(' ')
    expect(inside).toBe('served')
    expect(await (await fetch(`http://127.0.0.1:${port}/end`)).text()).toBe('served')
    await new Promise((resolve) => child.once('close', resolve))
  })

  test('what it made lies in the workspace, for whoever looks from outside', () => {
    expect(readFileSync(join(w.ws, 'watched'), 'utf8')).toBe('x')
    expect(existsSync(join(w.main, 'watched'))).toBe(false)
  })
})
