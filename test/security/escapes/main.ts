/**
 * `npm run test:escapes`: every attack in every column, as a table. Exits 1 when a wall gave way, or when
 * what came through is not what people are told.
 *
 * `cell`, `landlock`, `hooks`, `none`, `direct`, `session`, `sealed`, `linked` narrow it down to the
 * columns that fit all of them.
 */
import { attack, COLUMNS, told, vectorsFor, whyNot } from './columns.ts'
import { disagreements, type Column } from './gaps.ts'
import { VECTORS } from './index.ts'
import { LEGEND, render, surprises, type Result } from './table.ts'

const wanted = process.argv.slice(2).map((word) => (word === 'cell' ? 'bubblewrap' : word))
const words = new Set(COLUMNS.flatMap(({ by, rung, kind }) => [by, rung, kind]) as string[])
const unknown = wanted.find((word) => !words.has(word))
if (unknown !== undefined) {
  console.error(`test:escapes: there is no column "${unknown}", only ${[...words].join(', ')}`)
  process.exit(2)
}

const results: Result[] = []
const wrong: string[] = []
for (const column of COLUMNS) {
  const name = [column.by, column.rung, column.kind]
  if (!wanted.every((word) => (name as string[]).includes(word))) continue
  const without = await whyNot(column)
  if (without) {
    console.log(`not tried: ${name.join(' ')}: ${without}`)
    continue
  }
  process.stderr.write(`${name.join(' ')}: ${vectorsFor(column).length} attacks…\n`)
  try {
    results.push(...(await attack(column)))
  } catch (error) {
    wrong.push(`${name.join(' ')}: ${(error as Error).message}`)
  }
}
const whole = (rung: Column['rung'], kind: Column['kind']): Result[] =>
  results.filter(({ column }) => column.rung === rung && column.kind === kind)

wrong.push(...surprises(results))
for (const rung of ['hooks', 'landlock', 'bubblewrap'] as const)
  for (const kind of ['sealed', 'linked'] as const) {
    const here = whole(rung, kind)
    const complete = rung === 'hooks' || new Set(here.map(({ column }) => column.by)).size === 2
    if (here.length === 0 || !complete) continue
    const escaped = here.filter(({ outcome }) => outcome === 'escaped').map(({ vector }) => vector)
    const differ = disagreements(await told({ rung, kind }), { rung, kind }, escaped)
    wrong.push(...differ.map((each) => `${rung}, ${kind}: ${each}`))
  }

if (results.length > 0) console.log(`\n${render(results)}\n\n${LEGEND}`)
for (const { id, name, impossible } of VECTORS.filter((each) => each.impossible))
  console.log(`not tried: ${id} ${name}: ${impossible}`)
console.log(wrong.length === 0 ? '\neverything is as recorded' : `\nNOT as recorded:\n${wrong.join('\n')}`)
process.exit(wrong.length === 0 ? 0 : 1)
