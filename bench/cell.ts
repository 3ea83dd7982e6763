/** What a cell costs: a launch, and everyday git inside, beside the same without one. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildCell, probeRung, type CellSpec } from '../src/walls/index.ts'
import type { World } from '../test/fixtures/world.ts'
import { summary, table, timed, times, type Summary, type Wanted } from './measure.ts'
import { inPlace } from './place.ts'

/**
 * A launch may cost this much more than none, ms, by the fastest of each: what else the machine does only
 * adds, and to a chain of programs more than to one. A git command: this many times as much as bare, by the medians.
 */
const GOALS = { launch: 10, git: 1.5 }

const RUNGS = ['none', 'bubblewrap', 'landlock'] as const
type Rung = (typeof RUNGS)[number]

/** `$n` counts the rounds. Only `timed` is timed; all that it leaves behind is undone. */
const COMMANDS: readonly { name: string; before?: string; timed: string; after?: string }[] = [
  { name: 'status', timed: 'git status --porcelain' },
  { name: 'add, commit', before: 'echo $n > new.txt', timed: 'git add -A; git commit -qm $n' },
  { name: 'branch', timed: 'git branch b$n', after: 'git branch -qD b$n' },
  { name: 'switch', timed: 'git switch -qc s$n HEAD~1; git switch -q -', after: 'git branch -qD s$n' },
  { name: 'log', timed: 'git log --stat -20' },
  {
    name: 'diff',
    before: 'for f in src/part-[0-4]/*; do echo $n >> $f; done',
    timed: 'git diff',
    after: 'git reset -q --hard',
  },
  {
    name: 'stash',
    before: 'echo $n >> src/part-0/file-0.ts',
    timed: 'git stash -q; git stash pop -q',
    after: 'git reset -q --hard',
  },
  {
    name: 'rebase',
    before: `git switch -qc r$n HEAD~1; for i in 1 2 3; do echo $i > r$i; git add r$i; git commit -qm r$i; done`,
    timed: 'git rebase -q -',
    after: 'git switch -q work; git branch -qD r$n',
  },
]

/** Reads a script a line (JSON) and answers with the milliseconds that it took, or with what went wrong. */
const DRIVER = `
const { spawnSync } = require('child_process')
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const started = performance.now()
  const { status, stderr } = spawnSync('/bin/sh', ['-ec', JSON.parse(line)], { stdio: ['ignore', 'ignore', 'pipe'] })
  console.log(JSON.stringify(status === 0 ? performance.now() - started : String(stderr)))
})`

interface Row {
  what: string
  /** `none` first. ms. */
  times: Partial<Record<Rung, Summary>>
}

export interface CellResult {
  files: number
  runs: number
  repeat: number
  /** Rung -> why it is not measured. */
  without: Partial<Record<Rung, string>>
  launch: Row
  git: Row[]
}

export async function measureCell(wanted: Wanted): Promise<CellResult> {
  const { files = 4000, repeat = 15, say = () => {} } = wanted
  return inPlace(files, {}, async (world) => {
    const without: CellResult['without'] = {}
    const rungs: Rung[] = []
    for (const rung of RUNGS) {
      const why = rung === 'none' ? '' : await lacks(rung, world.env)
      if (why) without[rung] = why
      else rungs.push(rung)
    }
    const runs = 4 * repeat
    say(`cell: ${runs} launches a rung`)
    const launch: Row = { what: 'launch of true', times: await launches(world, rungs, runs) }
    say(`cell: ${COMMANDS.length} git commands, ${repeat} rounds`)
    return { files, runs, repeat, without, launch, git: await everydayGit(world, rungs, repeat) }
  })
}

async function launches(world: World, rungs: readonly Rung[], runs: number): Promise<Row['times']> {
  const lines = new Map<Rung, Awaited<ReturnType<typeof commandLine>>>()
  for (const rung of rungs) lines.set(rung, await commandLine(world, rung, ['/bin/true']))
  return rounds(rungs, runs, async (rung) => {
    const { program, args, env, cwd } = lines.get(rung) ?? { program: '', args: [], env: {}, cwd: '/' }
    return timed(program, args, { cwd, env })
  })
}

async function everydayGit(world: World, rungs: readonly Rung[], repeat: number): Promise<Row[]> {
  const drivers = new Map<Rung, Awaited<ReturnType<typeof startDriver>>>()
  try {
    for (const rung of rungs) drivers.set(rung, await startDriver(world, rung))
    const rows: Row[] = []
    for (const command of COMMANDS) {
      let n = 0
      const spent = await rounds(rungs, repeat, async (rung) => {
        const driver = drivers.get(rung)
        const count = `n=${n++}; `
        if (command.before) await driver?.(count + command.before)
        const ms = (await driver?.(count + command.timed)) ?? 0
        if (command.after) await driver?.(count + command.after)
        return ms
      })
      rows.push({ what: `git ${command.name}`, times: spent })
    }
    return rows
  } finally {
    for (const stop of drivers.values()) await stop(null)
  }
}

/** Each round measures every rung once, another one first; one round before the first is not counted. */
async function rounds(
  rungs: readonly Rung[],
  count: number,
  measure: (rung: Rung) => Promise<number>,
): Promise<Row['times']> {
  const values = new Map<Rung, number[]>(rungs.map((rung) => [rung, []]))
  for (let round = 0; round <= count; round++) {
    const first = round % rungs.length
    for (const rung of [...rungs.slice(first), ...rungs.slice(0, first)]) {
      const ms = await measure(rung)
      if (round > 0) values.get(rung)?.push(ms)
    }
  }
  return Object.fromEntries([...values].map(([rung, all]) => [rung, summary(all)]))
}

/** A process in the cell that runs scripts and times them; called with null it ends. */
async function startDriver(world: World, rung: Rung): Promise<(script: string | null) => Promise<number>> {
  const { program, args, env, cwd } = await commandLine(world, rung, [process.execPath, '-e', DRIVER])
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (script) => {
    if (script === null) {
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await gone
      return 0
    }
    child.stdin.write(`${JSON.stringify(script)}\n`)
    const { value } = (await lines.next()) as { value?: string }
    const answer = JSON.parse(value ?? '"the cell has ended"') as number | string
    if (typeof answer === 'string') throw new Error(`${rung}: ${script}: ${answer}`)
    return answer
  }
}

/** The command line in the cell of a workspace of this rung's own, made as a sealed one is: a private .git, main's objects borrowed. */
async function commandLine(
  world: World,
  rung: Rung,
  argv: readonly string[],
): Promise<{ program: string; args: string[]; env: Record<string, string>; cwd: string }> {
  const { dir, repo, home } = world
  const workspace = join(dir, 'app.worktrees', rung)
  const tempDir = join(dir, 'wt/state/sessions', rung, 'tmp')
  for (const path of [dirname(workspace), tempDir, join(dir, 'wt/run')]) mkdirSync(path, { recursive: true })
  if (!existsSync(workspace)) {
    world.git(['clone', '-q', '--shared', '--no-tags', repo, workspace])
    world.git(['switch', '-qc', 'work'], workspace)
    world.git(['commit', '-q', '--allow-empty', '-m', 'second'], workspace)
  }
  const spec: CellSpec = {
    ...{ session: rung, workspace, tempDir, home, writable: [], protect: [], network: true },
    readable: [repo, dirname(process.execPath)],
    hidden: [join(dir, 'wt/state'), join(dir, 'wt/run'), dirname(workspace)],
  }
  const cell = await buildCell(spec, { argv, env: world.env, rung: rung === 'none' ? 'hooks' : rung })
  const [program = '', ...args] = cell.argv
  return { program, args, env: { ...world.env, ...cell.env }, cwd: workspace }
}

async function lacks(rung: 'bubblewrap' | 'landlock', env: Record<string, string>): Promise<string> {
  try {
    await probeRung({ env, rung })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

export function renderCell({ files, runs, repeat, without, launch, git }: CellResult): string {
  const rungs = RUNGS.filter((rung) => launch.times[rung])
  const cells = (row: Row): string[] => {
    const bare = row.times.none?.median ?? Number.NaN
    return rungs.flatMap((rung) => {
      const own = row.times[rung]
      const spent = own ? [fine(own.min), fine(own.median)] : ['-', '-']
      if (rung === 'none') return spent
      const extra = own ? (row === launch ? `+${fine(more(row, rung))}` : times(own.median / bare)) : '-'
      return [...spent, extra]
    })
  }
  const heads = rungs.flatMap((rung) =>
    rung === 'none' ? ['bare', 'med'] : [rung === 'bubblewrap' ? 'cell' : rung, 'med', 'more'],
  )
  return [
    `What a cell costs, ms: ${runs} launches; ${repeat} rounds of git on ${files} files by a`,
    'process that is in the cell already. The fastest, and the median',
    table([['', ...heads], [launch.what, ...cells(launch)], ...git.map((row) => [row.what, ...cells(row)])]),
    ...rungs.filter((rung) => rung !== 'none').map((rung) => verdict(rung, launch, git)),
    ...Object.entries(without).map(([rung, why]) => `not measured: ${rung}: ${why}`),
  ].join('\n')
}

function verdict(rung: Rung, launch: Row, git: readonly Row[]): string {
  const ms = more(launch, rung)
  const slow = git.filter((row) => {
    const [own, bare] = [row.times[rung]?.median, row.times.none?.median]
    return own === undefined || bare === undefined || own > GOALS.git * bare
  })
  return [
    `${rung}: a launch costs ${fine(ms)} ms more (goal: at most ${GOALS.launch}): ${ms <= GOALS.launch ? 'met' : 'MISSED'}`,
    `  ${slow.length} of ${git.length} git commands beyond ${GOALS.git} x bare: ${slow.length === 0 ? 'met' : 'MISSED'}`,
  ].join('\n')
}

const more = ({ times: spent }: Row, rung: Rung): number =>
  (spent[rung]?.min ?? Number.NaN) - (spent.none?.min ?? Number.NaN)

const fine = (ms: number): string => ms.toFixed(ms < 100 ? 1 : 0)
