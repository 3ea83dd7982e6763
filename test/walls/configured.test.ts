import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configuredPaths, type ClosedPlaces, type ConfiguredPaths } from '../../src/walls/configured.ts'

let dir: string
let closed: ClosedPlaces
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-configured-')))
  for (const name of [
    'home/.ssh',
    'home/code/app/.git',
    'home/code/app.worktrees',
    'home/.local/state/worktrain',
  ])
    mkdirSync(join(dir, name), { recursive: true })
  symlinkSync(join(dir, 'home/code/app/.git'), join(dir, 'home/link'))
  const home = join(dir, 'home')
  closed = {
    home,
    own: [join(home, '.local/state/worktrain'), join(home, '.cache/worktrain')],
    repository: [join(home, 'code/app'), join(home, 'code/app/.git')],
    workspaces: join(home, 'code/app.worktrees'),
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const of = (paths: Partial<ConfiguredPaths>) =>
  configuredPaths({ writable: [], readable: [], hidden: [], ...paths }, closed)

test('paths are made absolute, the home spelled out, links followed, missing ones kept', () => {
  expect(
    of({
      writable: ['~/.cache/ccache', '/var/cache/../cache/build'],
      readable: ['~/.ssh/known_hosts'],
      hidden: ['~/private', '~'],
    }),
  ).toEqual({
    writable: [join(dir, 'home/.cache/ccache'), '/var/cache/build'],
    readable: [join(dir, 'home/.ssh/known_hosts')],
    hidden: [join(dir, 'home/private'), join(dir, 'home')],
  })
})

describe('what would undo a wall is refused with the reason', () => {
  test.each([
    ['/', 'everyone'],
    ['/tmp', 'everyone'],
    ['cache', 'absolute'],
    ['$HOME/x', 'absolute'],
    ['~other/x', 'absolute'],
    ['~', 'home'],
    ['~/', 'home'],
    ['~/..', 'home'],
    ['~/code', 'belongs to'],
    ['~/code/app/.git', 'belongs to'],
    ['~/code/app/.git/hooks', 'belongs to'],
    ['~/code/app/node_modules', 'belongs to'],
    ['~/link', 'belongs to'],
    ['~/link/hooks', 'belongs to'],
    ['~/code/app.worktrees/two', 'belongs to'],
    ['~/.local/state/worktrain/sessions', 'belongs to'],
    ['~/.cache', 'belongs to'],
    ['~/.ssh', 'credential'],
    ['~/.ssh/authorized_keys', 'credential'],
    ['~/.aws', 'credential'],
    ['~/.bashrc', 'start-up file'],
    ['~/.config', 'run outside'],
    ['~/.config/systemd/user', 'run outside'],
    ['~/.cargo', 'on the PATH'],
  ])('writable: %s', (path, why) => {
    expect(() => of({ writable: [path] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) }),
    )
    expect(() => of({ writable: [path] })).toThrow(`cell.writable: ${path} is refused`)
  })

  test.each([
    ['/', 'everyone'],
    ['/run', 'everyone'],
    ['~/.local/state/worktrain', 'belongs to'],
    ['~/.local/state/worktrain/journal.db', 'belongs to'],
    ['~/code/app.worktrees/two', 'belongs to'],
  ])('readable: %s', (path, why) => {
    expect(() => of({ readable: [path] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) }),
    )
  })

  test('hidden: relative', () => {
    expect(() => of({ hidden: ['x'] })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
