/** A world of its own for tests about leftovers, with what they do in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { spawn as spawnPty } from '@lydell/node-pty'
import { expect, onTestFinished } from 'vitest'
import { pathsFrom, type Paths } from '../../src/platform/paths.ts'
import { startTimeOf } from '../../src/platform/processes.ts'
import type { DoctorView, Leftover, Outputs, SessionView } from '../../src/protocol/api.ts'
import { BIN, createWorld, type World } from '../fixtures/world.ts'
import { work } from './work.ts'

export interface Scene {
  world: World
  paths: Paths
  leftovers: () => Promise<Leftover[]>
  clean: (ids: string[]) => Promise<Outputs['clean']>
  /** A session that commits, leaves something uncommitted, and ends. */
  works: (name: string, kind?: string) => Promise<SessionView>
  /** A process that carries these variables and nothing else of the world's. */
  runs: (env: Record<string, string>) => Promise<number>
  /** Does something to the journal while no supervisor has it. */
  journal: (act: () => void) => Promise<void>
  journalFiles: () => string[]
  /** In a real terminal, which is where it asks. @returns everything shown */
  inTerminal: (args: string[], answers: string[]) => Promise<string>
}

export async function createScene(): Promise<Scene> {
  const world = await createWorld()
  const paths = pathsFrom(world.env)
  const leftovers = async (): Promise<Leftover[]> => (await world.json<DoctorView>(['doctor'])).leftovers
  const clean = (ids: string[]): Promise<Outputs['clean']> =>
    world.client.call('clean', { repo: world.repo, ids })

  async function works(name: string, kind = 'sealed'): Promise<SessionView> {
    const script = `echo ${name} > ${name}.txt; git add .; git commit -qm ${name}; echo late > uncommitted`
    await world.json(work(name, kind, script))
    return world.until(name, (s) => s.stage === 'handed-off', 'hands off')
  }

  async function runs(env: Record<string, string>, cwd = '/'): Promise<number> {
    const child = spawn('sleep', ['1000'], {
      env: { PATH: world.env.PATH ?? '', ...env },
      cwd,
      stdio: 'ignore',
    })
    await once(child, 'spawn')
    onTestFinished(() => void child.kill('SIGKILL'))
    return child.pid ?? 0
  }

  async function stopped(): Promise<void> {
    const pid = await world.supervisor()
    await world.client.call('shutdown', {})
    while (startTimeOf(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async function journal(act: () => void): Promise<void> {
    await stopped()
    act()
    // Started again by the command.
    expect((await world.cli(['ls', '--all'])).code).toBe(0)
  }

  const journalFiles = () => readdirSync(paths.state).filter((name) => name.startsWith('journal.db'))

  async function inTerminal(args: string[], answers: string[]): Promise<string> {
    const terminal = spawnPty(process.execPath, [BIN, ...args], {
      cwd: world.repo,
      env: world.env,
      cols: 200,
    })
    let shown = ''
    let from = 0
    terminal.onData((data) => {
      shown += data
      const at = shown.indexOf('[y/N]', from)
      if (at < 0) return
      from = at + 5
      terminal.write(`${answers.shift() ?? 'n'}\r`)
    })
    await new Promise<void>((resolve) => terminal.onExit(() => resolve()))
    return shown
  }
  return { world, paths, leftovers, clean, works, runs, journal, journalFiles, inTerminal }
}
