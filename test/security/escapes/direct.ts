/** Attacks by a process started in the cell, without an agent in between. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { run } from '../../../src/platform/run.ts'
import { buildCell, linkedGit, type CellSpec } from '../../../src/walls/index.ts'
import { makeWorld, type World } from '../../walls/world.ts'
import type { Column, Kind } from './gaps.ts'
import { setStage, spell, type Attempt, type Stage } from './stage.ts'
import { patiently, type Vector } from './vector.ts'

export type Outcome = 'escaped' | 'blocked' | 'contained'

export interface Struck {
  vector: Vector
  outcome: Outcome
  /** What the attacker was told. */
  out: string
}

const LIMIT = 30_000
/** A message that was sent is heard within this time, ms. */
const HEARING = 5000
/** What is killed with its session is gone within this time, ms. */
const DYING = 2000

/** Two sessions' workspaces of this kind on one repository, and the cell of the first; to be closed. */
export async function directStage(kind: Kind): Promise<{
  strike: (vector: Vector, rung: Column['rung']) => Promise<Struck>
  close: () => Promise<void>
}> {
  const world = makeWorld()
  writeFileSync(join(world.main, 'notes.txt'), 'notes\n')
  world.git(world.main, 'add', '-A')
  world.git(world.main, 'commit', '-q', '-m', 'second')
  const { ws, other, spec } = kind === 'sealed' ? sealed(world) : linked(world)
  const { home, main, state, run: runDir, env } = world
  const stage = await setStage({ home, main, ws, other, state, run: runDir, env, words: machineWords() })
  return {
    strike: (vector, rung) => strike(stage, spec, vector, rung),
    async close() {
      await stage.close()
      world.remove()
    },
  }
}

function sealed(world: World): { ws: string; other: string; spec: CellSpec } {
  const { ws, other, spec } = world
  for (const path of [ws, other]) world.git(path, 'pull', '-q', '--no-rebase', 'origin', 'main')
  return { ws, other, spec }
}

function linked(world: World): { ws: string; other: string; spec: CellSpec } {
  const { main } = world
  const beside = dirname(world.ws)
  const [ws, other] = [join(beside, 'linked'), join(beside, 'sibling')]
  for (const path of [ws, other])
    world.git(main, 'worktree', 'add', '-q', '-b', `worktrain/${path.slice(beside.length + 1)}`, path)
  // As a repository is that has been tidied up once.
  world.git(main, 'pack-refs', '--all', '--no-prune')
  const common = join(main, '.git')
  const shared = linkedGit(common, join(common, 'worktrees/linked'), 'worktrain/linked')
  const spec: CellSpec = {
    ...world.spec,
    workspace: ws,
    writable: [...world.spec.writable, ...shared.writable],
    protect: [...world.spec.protect, ...shared.protect],
    contested: shared.contested,
  }
  return { ws, other, spec }
}

/** Words of scripts about this machine. */
export function machineWords(): Record<string, string> {
  const { dev } = statSync('/')
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const group = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1]
  return { DISK: `${dev >> 8} ${dev & 0xff}`, CGROUP: group ?? '/sys/fs/cgroup/pids' }
}

async function strike(stage: Stage, spec: CellSpec, vector: Vector, rung: Column['rung']): Promise<Struck> {
  const attempt = stage.begin()
  try {
    const script = spell(vector.script, attempt.words)
    const code = vector.terminal
      ? await onTerminal(stage, spec, script, rung)
      : await asProcess(stage, spec, script, rung, attempt)
    const came = () => vector.escaped(attempt)
    const escaped = vector.late
      ? !(await patiently(() => !came(), DYING))
      : vector.slow && code === 0
        ? await patiently(came, HEARING)
        : came()
    vector.clean?.(attempt)
    const outcome = escaped ? 'escaped' : code === 0 ? 'contained' : 'blocked'
    return { vector, outcome, out: attempt.out }
  } finally {
    stage.end(attempt)
  }
}

async function commandLine(
  spec: CellSpec,
  script: string,
  rung: Column['rung'],
): Promise<{ program: string; args: string[]; env: Record<string, string> }> {
  const argv = ['/bin/sh', '-c', script]
  const wanted = rung === 'none' ? 'hooks' : rung
  const cell = await buildCell(spec, { argv, env: { PATH: process.env.PATH }, rung: wanted })
  const [program = '', ...args] = cell.argv
  return { program, args, env: cell.env }
}

async function asProcess(
  { places }: Stage,
  spec: CellSpec,
  script: string,
  rung: Column['rung'],
  attempt: Attempt,
): Promise<number | null> {
  const { program, args, env } = await commandLine(spec, script, rung)
  const all = { ...places.env, ...env }
  const result = await run(program, args, { cwd: places.ws, env: all, timeoutMs: LIMIT })
  attempt.out = `${result.stdout}${result.stderr}`
  return result.code
}

/**
 * Unwalled, the program runs in the terminal of the person's shell, which reads its next line afterwards; a
 * session has a terminal of its own, and nobody behind it.
 */
async function onTerminal(
  { places }: Stage,
  spec: CellSpec,
  script: string,
  rung: Column['rung'],
): Promise<number> {
  const bare = rung === 'none'
  const { program, args, env } = await commandLine(
    spec,
    bare ? `${script}; read -r line && eval "$line"` : script,
    rung,
  )
  const pty = spawn(program, args, { cwd: places.ws, env: { ...places.env, ...env } })
  const timer = setTimeout(() => pty.kill('SIGKILL'), LIMIT)
  const code = await new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)))
  clearTimeout(timer)
  return code
}
