/** How long does `worktrain ls` take with many sessions? */
import { BIN } from '../test/fixtures/world.ts'
import { milliseconds, summary, table, timed, times } from './measure.ts'
import type { Summary, Wanted } from './measure.ts'
import { inPlace } from './place.ts'

const COMMANDS: readonly { title: string; program: string; args: string[] }[] = [
  { title: 'node -e 0', program: process.execPath, args: ['-e', '0'] },
  { title: 'git status', program: 'git', args: ['status'] },
  { title: 'worktrain version', program: process.execPath, args: [BIN, 'version'] },
  { title: 'worktrain ls', program: process.execPath, args: [BIN, 'ls'] },
  { title: 'worktrain ls --json', program: process.execPath, args: [BIN, 'ls', '--json'] },
]

export interface LsRow extends Summary {
  sessions: number
  command: string
  /** Divided by the start-up of Node. */
  ratio: number
}

export interface LsResult {
  files: number
  repeat: number
  rows: LsRow[]
}

/** The sessions are real ones, each with a workspace of its own; their program has ended. */
export async function measureLs(wanted: Wanted): Promise<LsResult> {
  const { sessions = [50], files = 2000, repeat = 15, say = () => {} } = wanted
  const rows: LsRow[] = []
  await inPlace(files, {}, async (world) => {
    await world.json(['ls'])
    let made = 0
    for (const n of sessions.toSorted((a, b) => a - b)) {
      say(`ls: making ${n} sessions`)
      const fresh = Array.from({ length: n - made }, (_, i) => `done-${made + i}`)
      made += fresh.length
      if (fresh.length > 0) {
        const briefs = fresh.map((name) => ({
          name,
          goal: `End at once, ${name}`,
          agent: 'command',
          command: ['true'],
        }))
        await world.client.call('run', { repo: world.repo, sessions: briefs })
      }
      for (const name of fresh)
        await world.until(name, ({ process }) => process.state === 'exited', 'has ended')
      say(`ls: ${repeat} rounds with ${n} sessions`)
      const values = COMMANDS.map((): number[] => [])
      // Round 0 warms the caches.
      for (let round = 0; round <= repeat; round++) {
        for (const [i, { program, args }] of COMMANDS.entries()) {
          const ms = await timed(program, args, { cwd: world.repo, env: world.env })
          if (round > 0) values[i]?.push(ms)
        }
      }
      const sums = values.map((each) => summary(each) ?? { median: 0, min: 0, max: 0 })
      const node = sums[0]?.median ?? 0
      COMMANDS.forEach(({ title }, i) => {
        const sum = sums[i]
        if (sum) rows.push({ sessions: n, command: title, ...sum, ratio: sum.median / node })
      })
    }
  })
  return { files, repeat, rows }
}

export function renderLs({ files, repeat, rows }: LsResult): string {
  const sizes = [...new Set(rows.map(({ sessions }) => sessions))]
  return [
    `Wall time of a command, ${files} files, ${repeat} rounds`,
    '',
    table(
      sizes.flatMap((n) => [
        [`${n} session${n === 1 ? '' : 's'}`, 'median', 'x node', 'min', 'max'],
        ...rows
          .filter(({ sessions }) => sessions === n)
          .map((row) => [
            `  ${row.command}`,
            milliseconds(row.median),
            times(row.ratio),
            milliseconds(row.min),
            milliseconds(row.max),
          ]),
      ]),
    ),
  ].join('\n')
}
