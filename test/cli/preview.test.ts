/** What `worktrain preview` and the terminal board say of it. */
import { expect, test } from 'vitest'
import { renderPreview } from '../../src/cli/commands/preview.ts'
import type { PreviewView, ServerView } from '../../src/protocol/api.ts'
import { servingLine } from '../../src/tui/serving.ts'
import { NOW, PLAIN } from './fixtures.ts'

const server = (facts: Partial<ServerView> = {}): ServerView => ({
  port: 5173,
  addresses: ['127.0.0.1'],
  exposed: false,
  url: 'http://localhost:5173',
  pid: 7,
  program: 'node',
  command: 'node vite',
  since: NOW - 180_000,
  ...facts,
})
const view = (facts: Partial<PreviewView> = {}): PreviewView => ({
  session: { id: 's1', name: 'kamal' },
  at: NOW,
  ended: null,
  servers: [],
  omitted: 0,
  unseen: 0,
  ...facts,
})
const said = (facts: Partial<PreviewView>) => renderPreview(view(facts), PLAIN, NOW)

test('addresses, and what is to be known of them', () => {
  const open = server({ port: 8000, addresses: ['0.0.0.0'], exposed: true, url: null, program: 'e\u001b[2J' })
  expect(said({ servers: [server(), open], unseen: 2 })).toMatchInlineSnapshot(`
    "kamal listens on 2 ports (seen from outside its cell, now)
      http://localhost:5173  node      started 3m ago  node vite
      port 8000              e\\x1b[2J  started 3m ago  node vite
    port 8000 is open at 0.0.0.0: the network reaches it, not this machine alone
    port 8000: another program listens there as well; which of them answers is not certain
    there may be more: processes of it that could not be looked at: 2"
  `)
  expect(said({})).toMatchInlineSnapshot(
    `"no program of kamal listens on a port (seen from outside its cell, now)"`,
  )
  expect(said({ ended: 'kamal has ended: nothing of it runs.' })).toMatchInlineSnapshot(`
    "kamal has ended: nothing of it runs.
    its work in your own checkout, to run it there: worktrain spotlight kamal"
  `)
  expect(servingLine(view({ servers: [server(), open] }))).toContain(
    'http://localhost:5173 (node), port 8000, where another program listens too (e',
  )
})
