/** The shop of the thirteen: its suite, what each session does to it, and the service that two of its tests ask. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Conversation, Step } from '../../src/rehearsal/model-server/index.ts'
import { handoff, scripted } from '../fixtures/claude.ts'

/** Every file in `tests` is one test; TAP, so that results have names. */
const CHECK = `#!/bin/sh
echo 'TAP version 14'
failed=0
n=0
for test in tests/*.sh; do
  n=$((n + 1))
  if said=$(sh "$test" 2>&1); then echo "ok $n - $test"; else
    failed=1
    echo "not ok $n - $test"
    echo "# $said"
  fi
done
echo "1..$n"
exit $failed
`

const ASK = `import { readFileSync } from 'node:fs'
const answer = await fetch(readFileSync('service.url', 'utf8').trim() + process.argv[2])
if (!answer.ok) console.log('the service is away')
process.exitCode = answer.ok ? 0 : 1
`

/** Files of the first commit. */
export function shopFiles(service: string): Record<string, string> {
  return {
    '.gitignore': '.worktrain.local.toml\n',
    'check.sh': CHECK,
    'service.url': `${service}\n`,
    'ask.mjs': ASK,
    'README.md': '# Shop\n',
    'hours.txt': 'nine to five\n',
    'prices.txt': 'vat 19\n',
    'lib.sh': 'total() { echo $(($1 + $2)); }\n',
    'tests/lib.sh': '. ./lib.sh\ntest "$(total 1 2)" = 3\n',
    'tests/prices.sh': 'test "$(grep -c "^vat" prices.txt)" = 1\n',
  }
}

export const bash = (command: string): Step => ({
  tool: 'Bash',
  input: { command, description: 'Work', timeout: 600_000 },
})

/** A turn that changes files by a command, commits, and hands off. */
function work(command: string, files: string[]): Step[] {
  return [bash(`${command} && git add -A && git commit -qm Work`), handoff(files)]
}

const plain = (name: string): [string, Step[]] => [
  name,
  work(`echo ${name} > ${name}.txt && echo 'test -s ${name}.txt' > tests/${name}.sh`, [`${name}.txt`]),
]

/** Of the thirteen, in the order in which they go on the train. */
export const WORK: ReadonlyMap<string, Step[]> = new Map([
  // Its test takes as long as the service wants; every candidate holds what is first in line.
  ['slow', work(`echo 'node ask.mjs /slow' > tests/slow.sh`, ['tests/slow.sh'])],
  [
    'rename',
    work(
      `echo 'sum() { echo $(($1 + $2)); }' > lib.sh && printf '. ./lib.sh\\ntest "$(sum 1 2)" = 3\\n' > tests/lib.sh`,
      ['lib.sh', 'tests/lib.sh'],
    ),
  ],
  // Green by itself, and red with `rename`.
  [
    'cart',
    work(
      `printf '. ./lib.sh\\ntotal 2 3\\n' > cart.sh && echo 'test "$(sh cart.sh)" = 5' > tests/cart.sh && sh check.sh`,
      ['cart.sh', 'tests/cart.sh'],
    ),
  ],
  ['vat', work(`echo 'vat 20' > prices.txt`, ['prices.txt'])],
  // Conflicts with `vat`.
  ['discount', work(`echo 'vat 19, discount 5' > prices.txt`, ['prices.txt'])],
  ...['api', 'web', 'mail', 'search', 'login', 'admin'].map(plain),
  // Wants a file in which the person is at work.
  ['hours', work(`echo 'eight to six' > hours.txt`, ['hours.txt'])],
  // Its test fails the first time on every tree, until it has passed once.
  [
    'rates',
    work(
      `echo 'usd 1.1' > rates.txt && echo 'node ask.mjs "/rates/$(git rev-parse "HEAD^{tree}")"' > tests/rates.sh`,
      ['rates.txt', 'tests/rates.sh'],
    ),
  ],
])

/** The plan of the thirteen and of those that only live on beside them. JSON is YAML. */
export function planOf(others: ReadonlyMap<string, Step[]>): string {
  const session = ([name, steps]: [string, Step[]], headless: boolean) => ({
    name,
    headless,
    permissionMode: 'bypassPermissions',
    goal: scripted(`Do ${name}`, steps),
  })
  const sessions = [
    ...[...others].map((one) => session(one, false)),
    ...[...WORK].map((one) => session(one, true)),
  ]
  const limits = { active: sessions.length, unreviewed: sessions.length }
  return JSON.stringify({ checks: ['sh check.sh'], limits, sessions })
}

/** What an agent makes of what the train gives back to it. */
export function repair({ prompt }: Conversation): Step[] {
  const base = /git merge ([0-9a-f]{40})\n/.exec(prompt)?.[1] ?? 'nothing'
  const with_ = prompt.includes('conflicts with')
    ? { text: 'vat 20, discount 5', file: 'prices.txt' }
    : { text: '. ./lib.sh; sum 2 3', file: 'cart.sh' }
  return [
    bash(
      `git merge -q --no-edit ${base}; echo '${with_.text}' > ${with_.file}; sh check.sh && git add -A && git commit -qm Repair; git status`,
    ),
    handoff([with_.file]),
  ]
}

export interface Service {
  url: string
  /** Two checks ask for the slow one at the same time; they are never answered, and `gone` when both have ended. */
  held: Promise<{ gone: Promise<unknown> }>
  /** From now on the slow one is answered at once. */
  open: () => void
  close: () => Promise<void>
}

/** On loopback: the counter outside the tree, and a hold on a check that is under way. */
export async function startService(): Promise<Service> {
  const seen = new Set<string>()
  let isStable = false
  let isOpen = false
  const asking: Promise<void>[] = []
  let hold: (held: { gone: Promise<unknown> }) => void
  const held = new Promise<{ gone: Promise<unknown> }>((resolve) => (hold = resolve))
  const closed = (response: ServerResponse) =>
    new Promise<void>((resolve) => response.once('close', () => resolve()))
  const server = createServer((request, response) => {
    const { url = '' } = request
    if (url === '/slow') {
      if (isOpen) response.end()
      else if (asking.push(closed(response)) === 2) hold({ gone: Promise.all(asking) })
      return
    }
    isStable ||= seen.has(url)
    seen.add(url)
    response.writeHead(isStable ? 200 : 503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held,
    open: () => (isOpen = true),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
