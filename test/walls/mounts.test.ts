import { expect, test } from 'vitest'
import { bubblewrapArgv } from '../../src/walls/bubblewrap.ts'
import { type CellFacts, planMounts } from '../../src/walls/mounts.ts'

const at = (path: string, directory = true) => ({ path, directory })
const facts: CellFacts = {
  workspace: '/repo.worktrees/one',
  tempDir: '/state/sessions/one/tmp',
  home: '/home/me',
  writable: [at('/home/me/.agent')],
  readable: [],
  protect: [at('/home/me/.agent/a/b/settings.json', false)],
  hidden: [at('/home/me/.ssh'), at('/home/me/.netrc', false), at('/state'), at('/repo.worktrees')],
  contested: [],
  programs: [],
  sockets: [],
  volatile: ['/run', '/tmp'],
  root: false,
}
const paths = (mounts: { path: string }[]) => mounts.map(({ path }) => path)
const last = (path: string, over: Partial<CellFacts> = {}) =>
  planMounts({ ...facts, ...over }).filter((mount) => mount.path === path)

test('parents are mounted before what lies in them', () => {
  const order = paths(planMounts(facts))
  for (const path of order)
    for (const other of order)
      if (path.startsWith(`${other}/`)) expect(order.indexOf(other)).toBeLessThan(order.indexOf(path))
})

test('the temp is /tmp, and at its own path', () => {
  expect(last('/tmp')).toEqual([{ kind: 'writable', source: facts.tempDir, path: '/tmp' }])
  expect(last(facts.tempDir)).toEqual([{ kind: 'writable', source: facts.tempDir, path: facts.tempDir }])
})

test('at one path the stronger wish wins', () => {
  const x = [at('/x')]
  expect(last('/x', { hidden: x })).toMatchObject([{ kind: 'empty', sealed: true }])
  expect(last('/x', { hidden: x, readable: x })).toMatchObject([{ kind: 'read-only' }])
  expect(last('/x', { hidden: x, readable: x, writable: x })).toMatchObject([{ kind: 'writable' }])
  expect(last('/x', { hidden: x, readable: x, writable: x, protect: x })).toMatchObject([
    { kind: 'read-only' },
  ])
})

test('directories above a protected file are pinned, up to the writable one', () => {
  expect(last('/home/me/.agent/a')).toMatchObject([{ kind: 'writable' }])
  expect(last('/home/me/.agent/a/b')).toMatchObject([{ kind: 'writable' }])
})

test('a hidden file is blank, a hidden directory sealed after what is mounted in it', () => {
  expect(last('/home/me/.netrc')).toEqual([{ kind: 'blank', path: '/home/me/.netrc' }])
  const line = bubblewrapArgv(facts, { bwrap: '/usr/bin/bwrap', env: null, perl: null }, '/w', [
    'prog',
    'a b',
  ])
  const sealed = line.findIndex((word, i) => word === '--remount-ro' && line[i + 1] === '/repo.worktrees')
  expect(sealed).toBeGreaterThan(line.lastIndexOf(facts.workspace))
})

test('the line: never a new session, user namespaces stay, root alone keeps one capability', () => {
  const tools = { bwrap: '/usr/bin/bwrap', env: '/usr/bin/env', perl: null }
  const line = bubblewrapArgv(facts, tools, '/w', ['a=b', 'x y'])
  expect(line).not.toContain('--new-session')
  expect(line).not.toContain('--disable-userns')
  expect(line).not.toContain('--cap-add')
  expect(line.slice(-6)).toEqual(['/bin/sh', '-c', 'exec "$@"', 'sh', 'a=b', 'x y'])
  expect(bubblewrapArgv({ ...facts, root: true }, tools, '/w', ['x'])).toContain('CAP_SETFCAP')
  expect(bubblewrapArgv(facts, { ...tools, env: null }, '/w', ['x']).slice(-3)).toEqual(['/w', '--', 'x'])
})

test('a socket is blank, unless it is asked for', () => {
  const sockets = ['/home/me/.cache/daemon.sock']
  expect(last('/home/me/.cache/daemon.sock', { sockets })).toMatchObject([{ kind: 'blank' }])
  const readable = [at('/home/me/.cache/daemon.sock', false)]
  expect(last('/home/me/.cache/daemon.sock', { sockets, readable })).toMatchObject([{ kind: 'read-only' }])
})
