import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { tokenOf } from '../../src/client/access.ts'
import { pathsFrom } from '../../src/platform/paths.ts'
import type { WhyView } from '../../src/protocol/api.ts'
import { noCell } from '../walls/world.ts'
import { createWorld, type World } from '../fixtures/world.ts'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'bin/worktrain.mjs')

let world: World
afterEach(() => world.close())

/** The clone may lie under /tmp, which the cell has of its own. */
function showClone(): void {
  const config = join(world.dir, 'wt/config')
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, 'config.toml'), `cell.readable = [${JSON.stringify(ROOT)}]\n`)
}

/** What a session gets when it runs each of these itself: exit code and output. */
async function asked(walls: string, commands: string[]): Promise<{ code: number; out: string }[]> {
  world = await createWorld({ env: { WORKTRAIN_WALLS: walls } })
  showClone()
  await world.json(['run', 'Wait', '--name', 'other', '--', '/bin/sh', '-c', 'read -r line'])
  const lines = commands.map(
    (command, i) => `WORKTRAIN_HOME=${join(world.dir, 'wt')}; export WORKTRAIN_HOME
      ${command.replace('worktrain', `${process.execPath} ${BIN}`)} --repo ${world.repo} > out${i} 2>&1; echo $? > code${i}`,
  )
  await world.json(['run', 'Ask', '--name', 'curious', '--', '/bin/sh', '-c', lines.join('\n')])
  const session = await world.until('curious', (s) => s.process.state === 'exited', 'ends')
  const at = (name: string) => {
    const path = join(session.workspace.path, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  return commands.map((_, i) => ({ code: Number(at(`code${i}`)), out: at(`out${i}`) }))
}

const COMMANDS = [
  'worktrain ls --json',
  'worktrain why curious --json',
  'worktrain why other',
  'worktrain why nobody-of-this-name',
  'worktrain stop other',
  'worktrain land curious',
  'worktrain approve curious',
  'worktrain run "Another one" -- true',
  'worktrain daemon stop',
  'WORKTRAIN_TOKEN=guessed worktrain ls',
]

test('a session that reaches the supervisor is told of itself, and can change nothing', async () => {
  const [list, own, ...refused] = await asked('hooks', COMMANDS)
  expect(list?.code, list?.out).toBe(0)
  expect((JSON.parse(list?.out ?? '') as { name: string }[]).map(({ name }) => name)).toEqual(['curious'])
  expect(own?.code, own?.out).toBe(0)
  const guess = refused.pop()
  expect(guess).toMatchObject({ code: 1, out: expect.stringContaining('knows its token') })
  for (const each of refused) expect(each, each.out).toMatchObject({ code: 3 })
  // One that there is, and one that there is not, look the same.
  expect(refused[0]?.out).toBe(refused[1]?.out)
  expect((await world.json<WhyView>(['why', 'other'])).session.process.state).toBe('running')
})

test.skipIf(noCell)(`from its cell the person's socket is not there${noCell}`, async () => {
  const answers = await asked('auto', COMMANDS)
  for (const each of answers) expect(each.out).toMatch(/not running|no supervisor is running/)
  expect(answers.filter(({ code }) => code === 0).map(({ out }) => out)).toEqual([
    'no supervisor is running\n',
  ])
  expect(answers[0]?.out).not.toContain('other')
})

/** Asks at the door: token, procedure, input; prints the answer's code, or `ok`. */
const ASK = `import { request } from 'node:http'
const [token, name, input] = process.argv.slice(2)
const headers = { host: 'worktrain', authorization: 'Bearer ' + token, 'content-type': 'application/json' }
const call = request({ socketPath: process.env.WORKTRAIN_DOOR, method: 'POST', path: '/api/' + name, headers }, async (answer) => {
  let text = ''
  for await (const chunk of answer) text += chunk
  const { ok, result, error } = JSON.parse(text)
  console.log(ok ? 'ok ' + JSON.stringify(result) : error.code)
})
call.on('error', (error) => console.log(error.code))
call.end(input)
`

test.skipIf(noCell)(
  `from its cell it reaches a door, where it speaks for itself alone, whatever tokens it has${noCell}`,
  async () => {
    world = await createWorld({ env: { WORKTRAIN_WALLS: 'auto' }, files: { 'ask.mjs': ASK } })
    showClone()
    await world.json(['run', 'Wait', '--name', 'other', '--', '/bin/sh', '-c', 'read -r line'])
    const person = tokenOf({}, pathsFrom(world.env).token) ?? ''
    const ref = (name: string) => JSON.stringify({ repo: null, name })
    const asks = [
      ['"$WORKTRAIN_TOKEN"', 'board', '{}'],
      ['"$WORKTRAIN_TOKEN"', 'session', ref('curious')],
      ['"$WORKTRAIN_TOKEN"', 'session', ref('other')],
      ['"$WORKTRAIN_TOKEN"', 'grant', JSON.stringify({ repo: null, name: 'curious', what: 'land' })],
      ['"$WORKTRAIN_TOKEN"', 'landOther', JSON.stringify({ name: 'other' })],
      ['"$WORKTRAIN_TOKEN"', 'usage', '{"repo":null}'],
      [person, 'sessions', '{"repo":null}'],
      ['guessed', 'board', '{}'],
    ]
    const script = asks.map(
      ([token, name, input]) => `${process.execPath} ask.mjs ${token} ${name} '${input}'`,
    )
    await world.json([
      'run',
      'Ask',
      '--name',
      'curious',
      '--',
      '/bin/sh',
      '-c',
      `(${script.join('; ')}) > out`,
    ])
    const session = await world.until('curious', (s) => s.process.state === 'exited', 'ends')
    const [board, own, ...others] = readFileSync(join(session.workspace.path, 'out'), 'utf8')
      .trim()
      .split('\n')
    expect(board).toMatch(/^ok .*"other"/)
    expect(own).toMatch(/^ok .*"curious"/)
    expect(others).toEqual([
      'SCOPE_EXCEEDED',
      'SCOPE_EXCEEDED',
      'GRANT_NEEDED',
      'SCOPE_EXCEEDED',
      'ACCESS_DENIED',
      'ACCESS_DENIED',
    ])
  },
)
