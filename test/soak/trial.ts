/** What one trial of the soak has on its train, and what a person does to it meanwhile: made up from a seed. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ENV, sh, write } from '../train/repository.ts'
import type { Act, VictimPlan } from '../train/victim.ts'

/** What becomes of a change when nobody interferes. */
export type Kind =
  | 'good'
  | 'red'
  /** Two that do not merge with each other. */
  | 'left'
  | 'right'
  /** Two that are green alone and red together. */
  | 'pairA'
  | 'pairB'
  /** Red the first time that it is run, whatever is tested with it: nobody may be ejected for that. */
  | 'flaky'
  /** Its check changes a tracked file, once. */
  | 'dirt'
  /** Wants paths at which the person has an untracked and an ignored file. */
  | 'wanted'
  /** Many files, which git takes a while to write. */
  | 'large'

export interface TrialChange {
  name: string
  kind: Kind
  head: string
  /** A later commit of its branch. */
  next: string
}

export const FILES = {
  'README.md': 'hello\n',
  'shared.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9\n',
  'other.txt': 'a\nb\nc\n',
  '.gitignore': '*.log\n',
  '.gitattributes': 'dir/* filter=slow\n',
}

const BRINGS: Record<Kind, (name: string) => Record<string, string>> = {
  good: () => ({}),
  red: () => ({ 'bad.txt': 'x\n' }),
  left: () => ({ 'shared.txt': 'left\n' }),
  right: () => ({ 'shared.txt': 'right\n' }),
  pairA: () => ({ 'pair-a.txt': 'x\n' }),
  pairB: () => ({ 'pair-b.txt': 'x\n' }),
  flaky: () => ({ 'flaky.txt': 'x\n' }),
  dirt: () => ({ 'dirt.txt': 'x\n' }),
  wanted: () => ({ 'wanted.txt': 'x\n', 'wanted.log': 'x\n' }),
  large: (name) => Object.fromEntries([1, 2, 3, 4].map((n) => [`dir/${name}-${n}`, `${n}\n`.repeat(2000)])),
}

/** The kinds of one trial: as different as they come, at most ten. */
export function kindsOf(random: () => number): Kind[] {
  const sets: Kind[][] = [
    ['large'],
    ['good', 'good'],
    ['red'],
    ['left', 'right'],
    ['pairA', 'pairB'],
    ['flaky'],
    ['dirt'],
    ['wanted'],
    ['good'],
  ]
  // Few, mostly, so that many of their steps meet their end; now and then as many as make a train of their own.
  const share = random() < 0.2 ? 0.7 : 0.35
  const chosen = sets.filter(() => random() < share).flat()
  const few: Kind[] = ['good', 'red', 'large']
  return shuffled(chosen.length < 3 ? [...few, ...chosen] : chosen, random).slice(0, 10)
}

export function shuffled<T>(all: readonly T[], random: () => number): T[] {
  return all
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}

/** Makes all branches at once; each has one commit more that is not pinned yet. */
export function makeBranches(root: string, kinds: readonly Kind[]): TrialChange[] {
  let stream = ''
  const add = (ref: string, from: string | null, files: Record<string, string>) => {
    stream += `commit refs/heads/${ref}\ncommitter A Person <person@example.org> 1700000000 +0000\ndata 4\nwork\n`
    if (from !== null) stream += `from ${from}\n`
    for (const [path, content] of Object.entries(files))
      stream += `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`
  }
  const main = sh(root, 'rev-parse', 'main')
  const names = kinds.map((kind, at) => `${kind.toLowerCase()}-${at + 1}`)
  for (const [at, kind] of kinds.entries()) {
    const name = names[at] ?? ''
    add(name, main, { [`${name}.txt`]: `${name}\n`, ...BRINGS[kind](name) })
    add(`next/${name}`, `refs/heads/${name}`, { [`${name}-next.txt`]: 'more\n' })
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: root, env: ENV, input: stream })
  return kinds.map((kind, at) => {
    const name = names[at] ?? ''
    return { name, kind, head: sh(root, 'rev-parse', name), next: sh(root, 'rev-parse', `next/${name}`) }
  })
}

/** The checks of a trial; what has to be counted is counted outside of every tree. */
export function writeCheck(home: string): string[] {
  write(home, {
    'check.sh': `sleep 0.03
[ ! -f bad.txt ] || exit 1
[ "$(ls | grep -c '^broken')" -eq "$(ls | grep -c '^repaired')" ] || exit 1
[ ! -f pair-a.txt ] || [ ! -f pair-b.txt ] || exit 1
if [ -f flaky.txt ]; then
  echo x >> '${home}/flaky'
  [ "$(wc -l < '${home}/flaky')" -ne 1 ] || exit 1
fi
if [ -f dirt.txt ] && mkdir '${home}/dirt' 2>/dev/null; then echo changed >> other.txt; fi
exit 0
`,
  })
  return [`sh '${home}/check.sh'`, 'test -f README.md']
}

/**
 * Programs by which the train's git dies at a chosen moment: a git that lets one of our hooks run in its
 * transactions of refs (the product turns all hooks off), and a filter for the person's files.
 */
export function writeWeapons(home: string, root: string): { path: string } {
  const git = execFileSync('/bin/sh', ['-c', 'command -v git'], { env: ENV, encoding: 'utf8' }).trim()
  const kill = (what: string) => `echo x >> '${home}/${what}.calls'
read n whom < '${home}/${what}.deadly'
[ "$(wc -l < '${home}/${what}.calls')" -eq "$n" ] || exit_now
case $whom in
both) kill -9 "$(cat '${home}/pid')" $PPID;;
train) kill -9 "$(cat '${home}/pid')";;
git) kill -9 $PPID;;
esac`
  const files = {
    'bin/git': `#!/bin/sh
for word; do
  shift
  case $word in core.hooksPath=*) word='core.hooksPath=${home}/hooks';; esac
  set -- "$@" "$word"
done
exec '${git}' "$@"
`,
    'hooks/reference-transaction': `#!/bin/sh
exit_now() { exit 0; }
[ -f '${home}/hook.deadly' ] && [ "$1" != aborted ] || exit 0
${kill('hook')}
`,
    'smudge.sh': `#!/bin/sh
exit_now() { cat; exit 0; }
sleep 0.02
[ -f '${home}/smudge.deadly' ] || exit_now
${kill('smudge')}
cat
`,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), text, { mode: 0o755 })
  }
  // Where nothing may be executed, nothing would die and nobody would notice.
  execFileSync(join(home, 'bin', 'git'), ['--version'], { env: ENV })
  sh(root, 'config', 'filter.slow.smudge', `'${home}/smudge.sh'`)
  return { path: `${join(home, 'bin')}:${ENV.PATH}` }
}

/** How one run of the train ends. */
export interface Death {
  plan: VictimPlan
  /** After this long, ms. */
  moment?: number
  /** In the Nth transaction, or the Nth file. */
  weapon?: { what: 'hook' | 'smudge'; n: number; whom: 'both' | 'train' | 'git' }
}

const below = (random: () => number, n: number) => Math.floor(random() * n)

export function chooseDeath(random: () => number, changes: readonly TrialChange[], all: VictimPlan): Death {
  // Whatever else is to end it, and does not: it gets no further than this.
  const plan = { ...all, acts: chooseActs(random, changes), die: `before#${5 + below(random, 5)}` }
  const how = random()
  const together = random() < 0.5
  if (how < 0.35) {
    const die = `${random() < 0.5 ? 'before' : 'after'}#${1 + below(random, 4)}`
    return { plan: { ...plan, die, together } }
  }
  const whom = (['both', 'both', 'both', 'train', 'train', 'git'] as const)[below(random, 6)] ?? 'both'
  const areFiles = changes.some((change) => change.kind === 'large')
  if (how < (areFiles ? 0.75 : 0.87)) return { plan, weapon: { what: 'hook', n: 1 + below(random, 5), whom } }
  if (how < 0.87) return { plan, weapon: { what: 'smudge', n: 1 + below(random, 2), whom } }
  return { plan: { ...plan, together }, moment: 50 + random() * 400 }
}

function chooseActs(random: () => number, changes: readonly TrialChange[]): Act[] {
  const acts: Act[] = []
  while (random() < 0.4) {
    const change = changes[below(random, changes.length)]
    if (!change) break
    const at = 1 + below(random, 5)
    const { name, next } = change
    const kinds = [
      'hold',
      'release',
      'release',
      'prioritise',
      'prioritise',
      'renew',
      'pause',
      'resume',
    ] as const
    const what = random() < 0.12 ? 'eject' : random() < 0.1 ? 'withdraw' : kinds[below(random, kinds.length)]
    if (what === undefined) break
    acts.push({ at, what, name, value: what === 'renew' ? next : below(random, 3) })
    if (what === 'pause') acts.push({ at: at + 1 + below(random, 2), what: 'resume', name })
    if (what === 'eject') acts.push({ at: at + 1 + below(random, 3), what: 'retry', name })
  }
  return acts
}

/**
 * What a person does meanwhile: commits to main, edits a file the train wants to change, breaks main, tidies up.
 * @param isLanding is a git at work that moves the checkout?
 */
export function createPerson(root: string, random: () => number, isLanding: () => boolean) {
  const commits: string[] = []
  const complaints: string[] = []
  /** Files of the person by path, with the content they must keep. */
  const kept = new Map([
    ['notes.txt', 'untracked\n'],
    ['run.log', 'ignored\n'],
  ])
  const leftStaged: string[] = []
  let tries = 0
  let broken = false
  const read = (file: string) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null
  for (const [file, content] of kept) write(root, { [file]: content })

  function attempt(...args: string[]): boolean {
    try {
      sh(root, ...args)
      return true
    } catch (error) {
      // A lock was held, by a living or a dead git: a person would try again later.
      if (/unable to write new index/.test(String(error))) complaints.push(String(error))
      return false
    }
  }
  function commitFile(file: string): boolean {
    write(root, { [file]: 'mine\n' })
    if (attempt('add', file) && attempt('commit', '-q', '-m', `mine ${file}`, '--', file)) {
      commits.push(sh(root, 'log', '-1', '--format=%H', '--', file))
      return true
    }
    rmSync(join(root, file), { force: true })
    if (!attempt('rm', '-q', '--cached', '--ignore-unmatch', file)) leftStaged.push(file)
    return false
  }
  function repair(): void {
    if (broken && commitFile(`repaired-${(tries += 1)}.txt`)) broken = false
  }
  function put(file: string): void {
    // Nobody's git can see what is written between its look and its write; and what is there is the landing's.
    if (isLanding() || (read(file) !== null && file !== 'shared.txt')) return
    const content = `mine ${random()}\n`
    writeFileSync(join(root, file), content)
    kept.set(file, content)
  }
  function tidy(): void {
    for (const file of leftStaged.splice(0))
      if (!attempt('rm', '-q', '--cached', '--ignore-unmatch', file)) leftStaged.push(file)
    for (const [file, content] of kept) {
      if (file === 'notes.txt' || file === 'run.log') continue
      if (read(file) !== content) complaints.push(`G6: ${file} of the person was changed`)
      if (file !== 'shared.txt') rmSync(join(root, file), { force: true })
      else if (!attempt('checkout', '-q', '--', file)) continue
      kept.delete(file)
    }
    repair()
  }
  return {
    commits,
    tidy,
    /** Paths at which the person has something that main has not. */
    kept: () => [...kept.keys()],
    /** Files in the way that stand there with the person's knowledge. */
    busy: () => kept.size > 2 || leftStaged.length > 0 || broken,
    act(): void {
      const what = random()
      if (what < 0.3) commitFile(`mine-${(tries += 1)}.txt`)
      else if (what < 0.4 && !kept.has('shared.txt')) put('shared.txt')
      else if (what < 0.5) put('wanted.txt')
      else if (what < 0.6) put('wanted.log')
      else if (what < 0.66 && !broken) broken = commitFile(`broken-${(tries += 1)}.txt`)
      else if (what < 0.9) tidy()
    },
    complaints(): string[] {
      for (const [file, content] of kept)
        if (read(file) !== content) complaints.push(`G6: ${file} of the person was changed`)
      return [...complaints]
    },
  }
}
