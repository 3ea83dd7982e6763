/** The terminal of a cell is the session's own: it behaves as if there were no cell. */
import pty, { type IPty } from '@lydell/node-pty'
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest'
import { buildCell } from '../../src/walls/index.ts'
import { makeWorld, noCell, noLandlock, type World } from './world.ts'

let w: World
const open: IPty[] = []
beforeAll(() => {
  w = makeWorld()
})
afterAll(() => w.remove())
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill('SIGKILL')
})

async function startOn(rung: 'bubblewrap' | 'landlock', script: string[]) {
  const { argv, env } = await buildCell(w.spec, { argv: script, env: { PATH: process.env.PATH }, rung })
  const terminal = pty.spawn(argv[0] ?? '', argv.slice(1), {
    cols: 80,
    rows: 24,
    cwd: w.ws,
    env: { ...w.env, ...env, TERM: 'xterm', PS1: '$ ' },
  })
  open.push(terminal)
  let out = ''
  const waiting: { text: string; found: () => void }[] = []
  const look = () => {
    for (const each of [...waiting]) {
      const at = out.indexOf(each.text)
      if (at < 0) continue
      out = out.slice(at + each.text.length)
      waiting.splice(waiting.indexOf(each), 1)
      each.found()
    }
  }
  terminal.onData((data) => {
    out += data
    look()
  })
  const ended = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) =>
    terminal.onExit(resolve),
  )
  /** Resolves when the text has come, and forgets what came before it. */
  const seen = (text: string) =>
    new Promise<void>((found) => {
      waiting.push({ text, found })
      look()
    })
  return { terminal, ended, seen }
}

const RUNGS = [
  { rung: 'bubblewrap', lacks: noCell },
  { rung: 'landlock', lacks: noLandlock },
] as const

for (const { rung, lacks } of RUNGS)
  describe.skipIf(lacks)(`the terminal of a cell: ${rung}${lacks}`, () => {
    const start = (script: string[]) => startOn(rung, script)
    test('has its size, hears of a new one, and is the controlling one', async () => {
      const { terminal, seen, ended } = await start([
        '/bin/bash',
        '-c',
        'trap "stty size; exit 3" WINCH; stty size; : < /dev/tty && echo tty; while :; do read -t 0.1; done',
      ])
      await seen('24 80')
      await seen('tty')
      terminal.resize(100, 30)
      await seen('30 100')
      expect((await ended).exitCode).toBe(3)
    })

    test('Ctrl-C reaches a program that handles it, which goes on', async () => {
      const { terminal, seen, ended } = await start([
        '/bin/bash',
        '-c',
        'trap "echo caught" INT; echo ready; read line; read line; echo "got $line"; exit 4',
      ])
      await seen('ready')
      terminal.write('\x03')
      await seen('caught')
      terminal.write('\nhello\n')
      await seen('got hello')
      expect((await ended).exitCode).toBe(4)
    })

    test('Ctrl-C ends a program that does not', async () => {
      const { terminal, seen, ended } = await start(['/bin/sh', '-c', 'echo ready; exec sleep 600'])
      await seen('ready')
      terminal.write('\x03')
      expect((await ended).exitCode).toBe(130)
    })

    test('job control works in a shell', async () => {
      const { terminal, seen, ended } = await start(['/bin/bash', '--norc', '-i'])
      await seen('$ ')
      terminal.write('sleep 600\n')
      await seen('sleep 600\r\n')
      // The shell has given the terminal to its job once the job stops on Ctrl-Z; typed too early it is lost.
      const stopped = seen('Stopped')
      const again = setInterval(() => terminal.write('\x1a'), 200)
      await stopped
      clearInterval(again)
      terminal.write('jobs; fg\n')
      await seen('sleep 600\r\n')
      await seen('sleep 600\r\n')
      const back = seen('$ ')
      const stop = setInterval(() => terminal.write('\x03'), 200)
      await back
      clearInterval(stop)
      terminal.write('exit 5\n')
      expect((await ended).exitCode).toBe(5)
    })

    test.each(['SIGTERM', 'SIGHUP'] as const)(
      '%s to its process group lets the program end by itself',
      async (name) => {
        const { terminal, seen, ended } = await start([
          '/bin/bash',
          '-c',
          `trap "echo tidied; exit 6" ${name.slice(3)}; echo ready; while :; do read -t 0.1; done`,
        ])
        await seen('ready')
        process.kill(-terminal.pid, name)
        await seen('tidied')
        expect((await ended).exitCode).toBe(6)
      },
    )
  })
