/** What `worktrain spotlight` says. */
import { expect, test } from 'vitest'
import type { SpotlightView } from '../../src/protocol/api.ts'
import { renderKept, renderOff, renderShown, renderSpotlights } from '../../src/cli/commands/spotlight.ts'
import { NOW } from './fixtures.ts'

const OID = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
const view = (facts: Partial<NonNullable<SpotlightView['shown']>> = {}): SpotlightView => ({
  id: 'look1',
  checkout: '/home/me/shop',
  repository: { id: 'r1', root: '/home/me/shop' },
  shown: { session: 's1', name: 'kamal', n: 7, commit: OID, since: NOW - 60_000, behind: 0, ...facts },
  head: { branch: 'main', commit: OID },
  kept: OID,
  odd: null,
})

test('what is shown, what is newer, and the way back', () => {
  expect(renderShown({ spotlight: view(), edits: null, notes: [] }, NOW)).toBe(
    '/home/me/shop shows kamal, snapshot 7 (its newest), for 1m\n' +
      'what you had there (main) is kept; back to it: worktrain spotlight --off',
  )
  expect(renderSpotlights([view({ behind: 2 })], NOW)).toBe(
    '/home/me/shop shows kamal, snapshot 7 (2 saved states behind), for 1m\n' +
      "  as it is now: worktrain spotlight 'kamal'".replaceAll("'", ''),
  )
  expect(renderSpotlights([{ ...view(), odd: 'the checkout was moved by hand' }], NOW)).toContain('by hand')
  expect(renderSpotlights([], NOW)).toBe('no checkout shows a session')
})

test('back, with what was changed meanwhile', () => {
  const edits = { commit: OID, files: ['a.txt', 'b\u001b[2J.txt'], sent: false }
  const head = { branch: null, commit: OID }
  const until = NOW + 30 * 86_400_000
  const said = renderOff({
    ended: { checkout: '/home/me/shop', session: 'kamal', head, how: 'back', until },
    edits,
    notes: ['main is gone'],
  })
  expect(said).toContain('back at a1b2c3d4e5, on no branch')
  expect(said).toContain('kept as a1b2c3d4e5: a.txt, b')
  expect(said).not.toContain('\u001b')
  const day = new Date(until).toISOString().slice(0, 10)
  expect(said).toContain(`it is kept until ${day}: worktrain spotlight --kept`)
  const elsewhere = renderOff({ ended: null, edits: null, notes: ['/home/me/other shows kamal'] })
  expect(elsewhere).toBe('no session is shown there: nothing was done\n/home/me/other shows kamal')
})

test('what is kept, since when and until when, and how to have it', () => {
  const day = 86_400_000
  const look = {
    id: 'look1',
    checkout: '/home/me/sh\u001b[2Jop',
    repository: { id: 'r1', root: '/home/me/shop' },
    head: { branch: 'main', commit: OID },
    since: NOW - 3 * day,
  }
  const views = [
    { ...look, name: 'kamal', kept: null, edits: [OID], until: NOW + 27 * day },
    { ...look, name: null, kept: OID, edits: [], until: null },
  ]
  const said = renderKept(views, NOW)
  expect(said).not.toContain('\u001b')
  const on = new Date(NOW + 27 * day).toISOString().slice(0, 10)
  expect(said.split('\n')).toEqual([
    expect.stringContaining(`where kamal was looked at: kept 3d ago, forgotten on ${on}`),
    '  what you changed while you looked: git show --first-parent a1b2c3d4e5',
    expect.stringContaining('kept 3d ago, and stays until you go back: worktrain spotlight --off --checkout'),
    '  what you had there (main): git stash apply --index a1b2c3d4e5',
  ])
  expect(renderKept([], NOW)).toBe('nothing is kept of a look')
})
