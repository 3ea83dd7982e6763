/** The board in a real terminal of 80 columns and 24 rows: start, settle, look, land, without leaving it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionView } from '../../src/protocol/api.ts'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude, claudeEnv, claudeTitle, handoff, scripted, writeAndCommit } from '../fixtures/claude.ts'
import { openTerminal, type Terminal, tmux } from '../fixtures/tmux.ts'
import { BIN, createWorld, type World } from '../fixtures/world.ts'

const SIZE = { cols: 80, rows: 24 }

let world: World
let terminal: Terminal

async function program(name: string, script: string): Promise<void> {
  await world.json(['run', `Do ${name}`, '--name', name, '--check', 'true', '--', '/bin/sh', '-c', script])
}

describe.skipIf(!tmux)(tmux ? 'programs' : 'programs (skipped: tmux is not installed)', () => {
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(async () => {
    terminal.close()
    await world.close()
  })

  test('a live screen, attached and back by one key, noted, renamed, pinned, filtered, left', async () => {
    const hostile = String.raw`printf '\033[1;31mred\033[0m \033]2;owned\007\033]52;c;b3duZWQ=\007\n'`
    await program('echo', `${hostile}; while read line; do echo "heard $line"; done`)
    await program('calm', 'sleep 1000')
    for (const name of ['echo', 'calm']) await world.until(name, (s) => s.process.state === 'running', 'runs')
    terminal = openTerminal(world, [], SIZE)
    await terminal.shows(/Working \(2\)[^]*▸ (\* )?echo/)
    // In the colours of its program, of which nothing else comes through.
    await terminal.shows(/── echo[^]*^red/m)
    expect(terminal.coloured()).toMatch(/1m\u001b\[31m(?:\u001b\[49m)?red/)
    expect(terminal.title()).toMatch(/worktrain$/)
    // At once: what follows is for the terminal, not for the board.
    terminal.press('C-]', 'one', 'Enter')
    await terminal.shows(/^heard one/m)
    terminal.press('C-]')
    // The peek pane follows without being asked.
    await terminal.shows(/── echo · 80x24[^]*heard one/)
    terminal.press('o')
    await terminal.shows('your note')
    terminal.paste('for later')
    terminal.press('Enter')
    await terminal.shows('[for later]')
    terminal.press('j', 'p')
    await terminal.shows(/\* calm[^]*echo/)
    terminal.press('e', 'C-u')
    terminal.paste('still')
    terminal.press('Enter')
    await terminal.shows('now called still')
    terminal.press('/')
    terminal.paste('still')
    await terminal.shows(/filter: still$/m)
    expect(terminal.screen()).not.toContain('  echo')
    terminal.press('Enter', 'Escape')
    await terminal.shows('  echo')
    // A click on its row.
    const row = terminal
      .screen()
      .split('\n')
      .findIndex((line) => line.startsWith('  echo'))
    terminal.press('-l', `\u001b[<0;10;${row + 1}M`)
    await terminal.shows('▸ echo')
    terminal.press('q')
    await terminal.shows('LEFT 0')
  })

  test('gives the terminal back to the shell, and comes back to what was being typed', async () => {
    await program('calm', 'sleep 1000')
    await world.until('calm', (s) => s.process.state === 'running', 'runs')
    terminal = openTerminal(world, [], SIZE)
    await terminal.shows('▸ calm')
    // Without a shell that could wake it, it goes on.
    terminal.press('C-z', 'q')
    await terminal.shows('LEFT 0')
    terminal.press('-l', `'${process.execPath}' '${BIN}'`)
    terminal.press('Enter')
    await terminal.shows('▸ calm')
    terminal.press('e', 'C-u')
    terminal.paste('still')
    await terminal.shows(/still▏/)
    terminal.press('C-z')
    await terminal.shows(/Stopped/)
    terminal.press('-l', 'echo here && fg')
    terminal.press('Enter')
    await terminal.shows(/still▏/)
    terminal.press('Enter')
    await terminal.shows('now called still')
  })

  test('draws nothing while nothing happens, and gives the terminal back when it is ended', async () => {
    await program('calm', 'sleep 1000')
    await world.until('calm', (s) => s.process.state === 'running', 'runs')
    terminal = openTerminal(world, [], SIZE)
    await terminal.shows('▸ calm')
    const pid = terminal.pid()
    const before = cpuMs(pid)
    const from = performance.now()
    // Nothing but the age of what is known changes.
    await terminal.shows(/calm +working 1\d+s/)
    const share = (cpuMs(pid) - before) / (performance.now() - from)
    expect(share).toBeLessThan(0.05)
    process.kill(pid, 'SIGTERM')
    await terminal.shows('LEFT 0')
    expect(terminal.screen()).not.toContain('▸ calm')
  })
})

describe.skipIf(!tmux || !claude)(claudeTitle, () => {
  let server: ModelServer
  beforeEach(async () => {
    server = await startModelServer()
    world = await createWorld({
      env: claudeEnv(server.url),
      files: { '.worktrain.toml': 'checks = ["sh check.sh"]\n' },
    })
    await world.cli(['trust', '--yes'])
  })
  afterEach(async () => {
    terminal.close()
    await world.close()
    await server.close()
  })

  test('started, asked, reviewed and landed from the board, through the death of the supervisor', async () => {
    terminal = openTerminal(world, [], SIZE)
    await terminal.shows('no sessions; c starts one')
    terminal.press('c')
    await terminal.shows('what it should do')
    const look = { tool: 'Bash', input: { command: 'touch seen; npm --version', description: 'Look' } }
    terminal.paste(
      scripted('Colour it', [look, ...writeAndCommit('colour.txt', 'Blue\n'), handoff(['colour.txt'])]),
    )
    terminal.press('Tab')
    terminal.paste('colour')
    await terminal.shows(/▸ name +colour/)
    dump('new')
    terminal.press('Enter')
    await terminal.shows('started colour')
    await terminal.shows('Needs you (1)')

    process.kill(await world.supervisor(), 'SIGKILL')
    await terminal.shows(/the supervisor is away for \S+, this is what was known; S starts it/)
    terminal.press('S')
    await terminal.shows('1 needs you')
    terminal.press('n')
    await terminal.shows(/touch seen; npm --version[^]*a allow once/)
    dump('item')
    terminal.press('a')
    await terminal.shows('colour: allow once')
    const allowUntil = async (there: (s: SessionView) => boolean): Promise<void> => {
      for (;;) {
        const s = await world.until('colour', (one) => one.question !== null || there(one), 'goes on')
        if (s.question === null) return
        await terminal.shows('n 1 item waits')
        terminal.press('n')
        await terminal.shows(/a allow once/)
        terminal.press('a')
        await world.until('colour', (one) => one.question?.id !== s.question!.id, 'goes on')
      }
    }
    await allowUntil((s) => s.stage === 'handed-off')
    await terminal.shows('Ready (1)')
    dump('list')
    await terminal.shows(/▸ colour[^]*claude[^]*\+1 -0 {2}merges/)

    // A comment on a line goes to the session with a word; it takes it up, and says so.
    terminal.press('n')
    await terminal.shows(/what it did[^]*It works now[^]*v review it {3}y approve it/)
    terminal.press('v')
    await terminal.shows(/▸ colour: 2 files, \+1 −0[^]*changed: It works now[^]*· +\+1 −0 {2}colour\.txt/)
    terminal.press('Space', 'j', 'j')
    await terminal.shows(/▸ 1 \+ Blue/)
    terminal.press('c')
    terminal.paste('Green, please.')
    terminal.press('Enter')
    await terminal.shows(/● c1 draft[^]*h hand back \(1\)/)
    dump('review')
    terminal.press('h')
    const reply = ['review:', '  - comment: c1', '    status: done', '    reply: It is green now.']
    const mended = ['Mended.', '', '```handoff', ...reply, '```'].join('\n')
    terminal.paste(scripted('As said.', [...writeAndCommit('colour.txt', 'Green\n'), { text: mended }]))
    terminal.press('Enter')
    await terminal.shows('colour is handed back with 1 comment')
    await world.untilEvent(({ type }) => type === 'prompt.seen', 'takes it up')
    let replied = false
    void world.untilEvent(({ type }) => type === 'review.replied', 'is answered').then(() => (replied = true))
    await allowUntil((s) => replied && s.stage === 'handed-off' && s.activity.state === 'idle')

    // Once more: what is new, then all of it. From the item to landed it takes two keys, `v` and `Y`.
    await terminal.shows('Ready (1)')
    terminal.press('v')
    await terminal.shows(/it has changed since you looked[^]*c1 done/)
    terminal.press('b', 'b')
    await terminal.shows(/against what you last looked at[^]*\+1 −1 {2}colour\.txt/)
    terminal.press('q')
    await terminal.shows('n 1 item waits')
    terminal.press('n')
    await terminal.shows('Y approve and land it')
    const before = world.git(['rev-parse', 'main'])
    terminal.press('v')
    await terminal.shows(/▸ colour: 2 files[^]*c1 done/)
    terminal.press('Y')
    await world.until('colour', (s) => s.stage === 'landed', 'lands')
    await terminal.shows('Landed (1)')
    expect(world.git(['rev-parse', 'main'])).not.toBe(before)
    expect(world.git(['show', 'main:colour.txt'])).toBe('Green')
    const { review } = await world.client.call('why', { repo: null, name: 'colour' })
    expect(review).toMatchObject({ looks: expect.any(Number), ms: expect.any(Number) })
    terminal.press('t')
    await terminal.shows('train to main')
    terminal.press('Escape', 'q')
    await terminal.shows('LEFT 0')
  })
})

/** Kept beside the screenshots of the web board, for the guide. */
function dump(name: string): void {
  const place = join(import.meta.dirname, '../../.cache/screenshots')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, `terminal-${name}.txt`), terminal.screen())
}

/** Processor time that a process has taken, ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
