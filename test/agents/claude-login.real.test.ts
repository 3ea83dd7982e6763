/** The login in a file, shared by many sessions and the person, while it is renewed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claude as program, claudeTitle } from '../fixtures/claude.ts'
import { hasCell } from './live.ts'

const SERVERS = [
  'platform.claude.com',
  'api.anthropic.com',
  'claude.ai',
  'claude.com',
  'mcp-proxy.anthropic.com',
]
const BWRAP = [
  '--unshare-user',
  '--uid',
  '0',
  '--gid',
  '0',
  '--unshare-net',
  '--cap-drop',
  'ALL',
  '--die-with-parent',
]
const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const ready = program !== null && hasOpenssl && (await hasCell())
const title = ready ? claudeTitle : `${claudeTitle} (skipped: needs bubblewrap and openssl)`

interface Seen {
  sent: { token: string; good: boolean }[]
  refused: number
  errors: string[]
  results: { code: number; stdout: string; stderr: string }[]
  stored: string
  valid: boolean
  changed: string[]
  person: string[]
}

describe.skipIf(!ready)(title, () => {
  let place: string
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'worktrain-login-'))
    writeFileSync(join(place, 'hosts'), `127.0.0.1 localhost\n127.0.0.1 ${SERVERS.join(' ')}\n`)
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test'],
        ...['-keyout', join(place, 'key.pem'), '-out', join(place, 'cert.pem')],
        ...['-addext', `subjectAltName=${SERVERS.map((name) => `DNS:${name}`).join(',')}`],
      ],
      { stdio: 'ignore' },
    )
  })
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  /** In a network of its own, with the names of the real servers. */
  function play(scenario: string): Seen {
    // The port of the login server; and what a nested cell of root needs (walls/bubblewrap.ts).
    const may = ['--cap-add', 'CAP_NET_BIND_SERVICE', '--cap-add', 'CAP_SETFCAP']
    // The whole of /proc: a cell within can only mount its own where none of it is hidden.
    const world = [...may, '--dev-bind', '/', '/']
    const hosts = ['--ro-bind', join(place, 'hosts'), '/etc/hosts']
    const script = [process.execPath, join(import.meta.dirname, 'login-place.ts'), scenario, place]
    const { PATH, HOME, WORKTRAIN_TEST_CLAUDE } = process.env
    const env = { PATH, HOME, ...(WORKTRAIN_TEST_CLAUDE && { WORKTRAIN_TEST_CLAUDE }) }
    const ran = spawnSync('bwrap', [...BWRAP, ...world, ...hosts, ...script], { env, encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(ran.stderr || ran.stdout)
    return JSON.parse(ran.stdout) as Seen
  }

  test.each(['near', 'ended'])('%s its end: three sessions and the person renew it once', (scenario) => {
    const seen = play(scenario)
    expect(seen.sent).toEqual([{ token: 'refresh-0', good: true }])
    expect(seen.results).toMatchObject(Array(4).fill({ code: 0, stdout: 'OK: hello' }))
    expect(seen).toMatchObject({ errors: [], stored: 'refresh-1', valid: true })
    // What the person's own process writes is theirs; a lock left behind would be nobody's.
    expect(seen.person.filter((name) => name.includes('lock'))).toEqual([])
  })

  test('renewed in the middle of their turns: all go on, nothing else of the person changes', () => {
    const seen = play('later')
    expect(seen.sent).toEqual([{ token: 'refresh-0', good: true }])
    expect(seen.results).toMatchObject(Array(3).fill({ code: 0, stdout: 'went on' }))
    expect(seen).toMatchObject({ errors: [], stored: 'refresh-1', valid: true })
    expect(seen.changed).toEqual(['.claude/.credentials.json'])
    expect(seen.person).toEqual(['.credentials.json', 'projects'])
  })
})
