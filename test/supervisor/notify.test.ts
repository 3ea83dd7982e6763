/** That push is one more way of telling the person, by the same rule as the others: once, grouped, not what is shown. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import type { AttentionItem } from '../../src/protocol/attention.ts'
import type { PushMessage } from '../../src/protocol/api.ts'
import { type Context, self } from '../../src/supervisor/context.ts'
import { startNotifying } from '../../src/supervisor/seat/notify.ts'
import { Showing } from '../../src/supervisor/seat/showing.ts'

const item = (id: string): AttentionItem => ({
  id,
  kind: 'failed',
  session: { id, name: id },
  repository: { id: 'r1', root: '/home/me/shop' },
  why: 'exited with code 3',
  since: 1,
  age: 0,
  blocks: { sessions: [id], train: 0 },
  action: '',
  actions: [],
})

test('by push: several as one, nothing twice, and nothing that is on a screen', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wt-notify-'))
  const now = () => Date.now()
  const journal = await openSqliteJournal({ path: join(directory, 'journal.db'), projections: [], now })
  const leaves = new AbortController()
  const ctx = {
    ...{ journal, now, env: {}, paths: { config: directory }, stopping: leaves.signal },
    log: { warn: () => {} },
  } as unknown as Context
  const items = [item('one'), item('shown'), item('two')]
  const showing = new Showing()
  showing.says('board', { items: ['shown'], sessions: [] }, now())
  const sent: PushMessage[] = []
  const push = {
    views: () => [{ who: 'a browser', service: 'push.example', since: 1, error: '' }],
    send: async (message: PushMessage) => void sent.push(message),
  }
  startNotifying(ctx, async () => ({ items, places: [], reviews: [] }), { showing, push })
  const both = 'one: failed: exited with code 3\ntwo: failed: exited with code 3'
  const patience = { timeout: 20_000 }
  await expect.poll(() => sent, patience).toEqual([{ title: '2 things need you', body: both, about: null }])

  showing.says('board', { items: [], sessions: [] }, now())
  items.push(item('three'))
  const data = { why: 'for something to happen' }
  await journal.append([
    {
      aggregate: 'supervisor',
      id: 'supervisor',
      type: 'supervisor.stopped',
      data,
      actor: self,
      cause: 'test',
    },
  ])
  const third = { title: 'three needs you: failed', body: 'exited with code 3', about: { session: 'three' } }
  await expect.poll(() => sent.slice(1), patience).toEqual([third])
  leaves.abort()
  await journal.close()
  rmSync(directory, { recursive: true })
})
