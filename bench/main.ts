/**
 * `npm run bench [-- start|memory|ls|storm|cell|train|train-real|web|seat-…]`: measures, side by side in one run, and prints tables.
 *
 * `--json` prints the numbers instead; `--sessions 1,4,13` (or `--workers`), `--files N` and `--repeat N` replace the
 * defaults of each measurement, `--quick` asks for a first impression (`train`, `train-real`). What is being measured goes to
 * standard error.
 */
import { parseArgs } from 'node:util'
import { measureCell, renderCell } from './cell.ts'
import { measureLs, renderLs } from './ls.ts'
import { machine } from './measure.ts'
import type { Wanted } from './measure.ts'
import { measureMemory, renderMemory } from './memory.ts'
import { closeAll } from './place.ts'
import { measureIdle, renderIdle } from './seat/idle.ts'
import { measureKeys, renderKeys } from './seat/keys.ts'
import { measureLatency, renderLatency } from './seat/latency.ts'
import { measureQuestions, renderQuestions } from './seat/questions.ts'
import { measureStart, renderStart } from './start.ts'
import { measureStorm, renderStorm } from './storm.ts'
import { measureTrain, renderTrain } from './train.ts'
import { measureReal } from './train/real.ts'
import { renderReal } from './train/real-report.ts'
import { measureWeb, renderWeb } from './web.ts'

/** Name -> measures, and says the result as data and as text. */
const BENCHES: Record<string, (wanted: Wanted) => Promise<{ result: unknown; text: string }>> = {
  start: said(measureStart, renderStart),
  memory: said(measureMemory, renderMemory),
  ls: said(measureLs, renderLs),
  storm: said(measureStorm, renderStorm),
  cell: said(measureCell, renderCell),
  train: said(measureTrain, renderTrain),
  'train-real': said(measureReal, renderReal),
  web: said(measureWeb, renderWeb),
  'seat-latency': said(measureLatency, renderLatency),
  'seat-keys': said(measureKeys, renderKeys),
  'seat-idle': said(measureIdle, renderIdle),
  'seat-questions': said(measureQuestions, renderQuestions),
}

function said<T>(measure: (wanted: Wanted) => Promise<T>, render: (result: T) => string) {
  return async (wanted: Wanted) => {
    const result = await measure(wanted)
    return { result, text: render(result) }
  }
}

function numbers(option: string, text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new Error(`--${option} takes whole numbers, not "${text}"`)
  return text.split(',').map(Number)
}

function parse(args: string[]): { names: string[]; json: boolean; wanted: Wanted } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      sessions: { type: 'string' },
      workers: { type: 'string' },
      files: { type: 'string' },
      repeat: { type: 'string' },
    },
  })
  const unknown = positionals.find((name) => !(name in BENCHES))
  if (unknown !== undefined)
    throw new Error(`there is no measurement "${unknown}", only ${Object.keys(BENCHES).join(', ')}`)
  const wanted: Wanted = { say: (line) => process.stderr.write(`${line}\n`) }
  if (values.quick) wanted.quick = true
  const sizes = values.workers ?? values.sessions
  if (sizes !== undefined) wanted.sessions = numbers('sessions', sizes)
  for (const name of ['files', 'repeat'] as const) {
    const text = values[name]
    if (text !== undefined) wanted[name] = Math.max(1, numbers(name, text)[0] ?? 1)
  }
  return { names: positionals.length > 0 ? positionals : Object.keys(BENCHES), json: values.json, wanted }
}

let asked: ReturnType<typeof parse>
try {
  asked = parse(process.argv.slice(2))
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exit(2)
}
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => void closeAll().finally(() => process.exit(name === 'SIGINT' ? 130 : 143)))

const results: Record<string, unknown> = { before: machine() }
if (!asked.json) console.log(machine())
for (const name of asked.names) {
  try {
    const done = await BENCHES[name]?.(asked.wanted)
    results[name] = done?.result
    if (!asked.json) console.log(`\n${done?.text}`)
  } catch (error) {
    // The others can still be measured.
    console.error(`bench: ${name}: ${(error as Error).message}`)
    results[name] = { error: (error as Error).message }
    process.exitCode = 1
  }
}
results.after = machine()
console.log(asked.json ? JSON.stringify(results, null, 2) : `\nafterwards: ${machine()}`)
