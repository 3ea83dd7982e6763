/** Sessions of one person, twenty-four where all is tried, start, stop, are killed and go on at once: nothing is lost or corrupted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '../../src/rehearsal/model-server/index.ts'
import { claude as program, claudeEnv, claudeTitle } from '../fixtures/claude.ts'
import { brief } from '../fixtures/brief.ts'
import { changed, credentials, Fleet, hashOf, type Member } from '../agents/fleet.ts'
import { hasCell } from '../agents/live.ts'
import { every } from '../fixtures/sample.ts'

const HEADLESS = every ? 16 : 6
const TERMINALS = every ? 8 : 4
/** Longest wait for one thing, ms: a bound for a hanging test on a loaded machine. */
const PATIENCE = 120_000
const walls = program !== null && (await hasCell())
const title = walls ? claudeTitle : `${claudeTitle} (skipped: needs bubblewrap)`

describe.skipIf(!walls)(title, () => {
  let model: ModelServer
  let fleet: Fleet
  beforeEach(async () => {
    model = await startModelServer()
    fleet = new Fleet({ ...claudeEnv(model.url) })
    delete fleet.env.ANTHROPIC_API_KEY
    fleet.put('home/.claude/.credentials.json', credentials(Date.now() + 86_400_000))
    const statusLine = { type: 'command', command: 'echo status of mine' }
    fleet.put('home/.claude/settings.json', JSON.stringify({ theme: 'dark', statusLine }))
    fleet.put('home/.claude/history.jsonl', '{"display":"old"}\n')
    const projects = Array.from({ length: 400 }, (_, i) => [`/srv/p${i}`, { lastCost: i, allowedTools: [] }])
    const state = { numStartups: 7, theme: 'dark', projects: Object.fromEntries(projects) as unknown }
    fleet.put('home/.claude.json', JSON.stringify(state))
  })
  afterEach(async () => {
    await model.close()
    fleet.close()
  })

  const until = async (condition: () => boolean, what: string) => {
    for (const end = Date.now() + PATIENCE; !condition();) {
      if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const said = (member: Member) =>
    existsSync(fleet.transcript(member)) ? readFileSync(fleet.transcript(member), 'utf8') : ''

  /** One turn in a terminal, ended by `/exit` or by SIGKILL. */
  async function terminal(member: Member, prompt: string, options: { resume: boolean; kill: boolean }) {
    const { resume, kill } = options
    const inTerminal = { ...brief, headless: false, permissionMode: 'bypassPermissions' }
    const { argv, env } = await fleet.prepare(member, { prompt, resume, brief: inTerminal })
    const pty = spawn(argv[0] ?? '', argv.slice(1), { cols: 100, rows: 30, cwd: member.workspace, env })
    const exited = new Promise<void>((resolve) => pty.onExit(() => resolve()))
    let screen = ''
    pty.onData((data) => (screen += data))
    await until(
      () => said(member).includes(`OK: ${prompt}`),
      `${member.name} answers:\n${screen.slice(-2000)}`,
    )
    await until(() => screen.includes('status of mine'), `${member.name} shows the person's status line`)
    if (kill) pty.kill('SIGKILL')
    else {
      pty.write('/exit')
      await until(() => screen.includes('/exit'), `${member.name} takes keys`)
      pty.write('\r')
    }
    await exited
  }

  /** Looks at every file that many write at once, as often as it can, and keeps what did not parse. */
  function watch() {
    const broken: string[] = []
    let looks = 0
    const files = () => [
      join(fleet.home, '.claude.json'),
      join(fleet.home, '.claude/.credentials.json'),
      ...fleet.members.map(({ stateDir }) => join(stateDir, 'agent/claude/config/.claude.json')),
    ]
    const timer = setInterval(() => {
      for (const file of files()) {
        if (!existsSync(file)) continue
        looks++
        try {
          JSON.parse(readFileSync(file, 'utf8'))
        } catch (error) {
          broken.push(`${file}: ${String(error)}`)
        }
      }
    }, 5)
    return () => {
      clearInterval(timer)
      return { broken, looks }
    }
  }

  test('conversations are whole, every state parses, the login and all else of the person are as they were', async () => {
    const headless = Array.from({ length: HEADLESS }, (_, i) => fleet.add(`h${i}`))
    const terminals = Array.from({ length: TERMINALS }, (_, i) => fleet.add(`t${i}`))
    const before = hashOf(fleet.home)
    const stop = watch()
    const round = (word: string, resume: boolean, kill: boolean) => [
      ...headless.map((each) => fleet.turn(each, `${word} ${each.name}.`, resume)),
      ...terminals.map((each, i) =>
        terminal(each, `${word} ${each.name}.`, { resume, kill: kill && i % 2 === 0 }),
      ),
    ]
    const first = await Promise.all(round('first', false, true))
    const second = await Promise.all(round('second', true, false))
    const { broken, looks } = stop()

    expect(broken).toEqual([])
    expect(looks).toBeGreaterThan(fleet.members.length)
    for (const [n, word] of [first, second].map((each, i) => [each, ['first', 'second'][i]] as const))
      for (const [i, member] of headless.entries())
        expect(n[i]).toMatchObject({ code: 0, stdout: `OK: ${word} ${member.name}.` })
    for (const member of fleet.members) {
      const lines = said(member).trimEnd().split('\n')
      const parsed = lines.map((line) => JSON.parse(line) as { sessionId?: string; cwd?: string })
      expect(new Set(parsed.flatMap((line) => line.sessionId ?? []))).toEqual(new Set([member.conversation]))
      for (const word of ['first', 'second']) expect(said(member)).toContain(`OK: ${word} ${member.name}.`)
    }
    const after = hashOf(fleet.home)
    expect(changed(before, after, ...fleet.members.map((each) => each.workspace))).toEqual([])
    const own = readdirSync(join(fleet.home, '.claude/projects'))
    expect(own).toHaveLength(fleet.members.length)
    expect([...after.keys()].filter((name) => /\.(lock|tmp)/.test(name))).toEqual([])
  })
})
