/**
 * `npm run soak:mutants [NAME…]`: breaks the train in one place at a time, in a copy, and runs the tests that must
 * notice. Exits 1 when a mutant survives. Wrong ways that are passed in through seams are in
 * test/train/mutants.test.ts; here the tests are held to the code as it stands.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Mutant {
  name: string
  /** What stands in the file, and what stands there instead. */
  edits: readonly (readonly [file: string, from: string, to: string])[]
  /** Test files that must notice, and which of their tests to run (all where absent). */
  tests: readonly string[]
  only?: string
}

const LANDING = 'test/train/landing.test.ts'
const DECIDE = 'test/train/decide.test.ts'

const MUTANTS: readonly Mutant[] = [
  {
    name: 'no compare-and-swap',
    edits: [
      ['src/train/land/move.ts', 'import { updateRef,', 'import { exactRef, updateRef,'],
      [
        'src/train/land/move.ts',
        'intent.new, intent.old, why)',
        'intent.new, (await exactRef(repo, `refs/heads/${target}`)) ?? intent.old, why)',
      ],
      ['src/train/land/settle.ts', 'main === intent.old ? null : { kind:', 'main !== null ? null : { kind:'],
    ],
    tests: [LANDING],
    only: 'main moves',
  },
  {
    name: 'bare update-ref under a checkout',
    edits: [['src/train/land/move.ts', 'if (!place) {', 'if (place !== undefined) {']],
    tests: [LANDING],
    only: 'is fast-forwarded in a linked worktree',
  },
  {
    name: 'plain fast-forward, nothing looked at before',
    edits: [
      ['src/train/land/move.ts', "    '--no-overwrite-ignore',\n", ''],
      ['src/train/land/landing.ts', '(place && (await inTheWay(repo, place, intent)))', 'null'],
    ],
    tests: [LANDING],
    only: 'ignored',
  },
  {
    name: 'no look at where the target is before a landing',
    edits: [
      ['src/train/decide/outdated.ts', 'if (rest === null) return moved', 'if (rest === null) return null'],
    ],
    tests: [DECIDE],
  },
  {
    name: 'the tree that was tested is not compared',
    edits: [['src/train/land/settle.ts', 'if (found === tree) return true', 'if (found !== "") return true']],
    tests: [LANDING],
    only: 'tree that was not tested',
  },
  {
    name: 'no check for foreign paths',
    edits: [
      [
        'src/train/merge/candidate.ts',
        'if (outcome.foreign.length > 0)',
        'if (outcome.foreign.length > 1e9)',
      ],
    ],
    tests: ['test/train/wrong-merge.test.ts'],
  },
  {
    name: 'no check for lost lines',
    edits: [
      ['src/train/merge/candidate.ts', 'outcome, recent, settled })', 'outcome, recent: [], settled })'],
    ],
    tests: ['test/train/wrong-merge.test.ts'],
  },
  {
    name: 'dead locks are left',
    edits: [['src/train/land/flight.ts', 'removeDeadLocks(', '((..._: unknown[]): string[] => [])(']],
    tests: ['test/train/landing-faults.test.ts'],
    only: 'in the middle of the files: they are put back',
  },
  {
    name: 'verdicts of other tools count',
    edits: [
      ['src/train/decide/verdict.ts', "(result.environment ?? '') === environment", 'environment !== null'],
    ],
    tests: [DECIDE],
  },
  {
    name: 'a change is blamed before the target was asked',
    edits: [
      [
        'src/train/decide/blame.ts',
        "if (base === main && !s.proven(s.mainTree ?? '', command)) return null",
        '',
      ],
    ],
    tests: [DECIDE],
  },
  {
    name: 'a build lands that skips a change before it',
    edits: [
      [
        'src/train/decide/index.ts',
        'order[at] === member.change',
        'order.includes(member.change) && at >= 0',
      ],
    ],
    tests: [DECIDE],
  },
]

const ROOT = resolve(import.meta.dirname, '..', '..')
const wanted = process.argv.slice(2)
const chosen = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.includes(one)))
const survivors: string[] = []
for (const mutant of chosen) {
  const outcome = tried(mutant)
  console.log(`${outcome.padEnd(9)} ${mutant.name}`)
  if (outcome !== 'caught') survivors.push(mutant.name)
}
console.log(`${chosen.length} mutants, ${survivors.length} not caught`)
process.exit(survivors.length > 0 ? 1 : 0)

/** `unchanged`: the code is another one by now, and the mutant has to be written anew. */
function tried({ edits, tests, only }: Mutant): 'caught' | 'SURVIVED' | 'UNCHANGED' {
  const copy = mkdtempSync(join(tmpdir(), 'wt-mutant-'))
  try {
    for (const name of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'bin'])
      cpSync(join(ROOT, name), join(copy, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    for (const [file, from, to] of edits) {
      const text = readFileSync(join(copy, file), 'utf8')
      if (!text.includes(from)) return 'UNCHANGED'
      writeFileSync(
        join(copy, file),
        text.replace(from, () => to),
      )
    }
    const args = ['run', '--retry=0', ...tests, ...(only === undefined ? [] : ['-t', only])]
    const ran = spawnSync(join(copy, 'node_modules', '.bin', 'vitest'), args, {
      cwd: copy,
      env: { ...process.env, CI: '' },
      encoding: 'utf8',
    })
    const failed = /\d+ failed/.test(ran.stdout)
    if (ran.status !== 0 && !failed) throw new Error(`the tests did not run:\n${ran.stdout}${ran.stderr}`)
    return failed ? 'caught' : 'SURVIVED'
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
