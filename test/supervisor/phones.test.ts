/** When the board is open to phones, and which of them have access: the real listener, with a clock of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { openSqliteJournal } from '../../src/journal/sqlite.ts'
import { ownAddresses } from '../../src/platform/addresses.ts'
import type { Outputs, Parsed } from '../../src/protocol/api.ts'
import type { Actor } from '../../src/protocol/index.ts'
import { WEB_PATHS } from '../../src/protocol/web.ts'
import { Accesses } from '../../src/supervisor/seat/accesses.ts'
import { type Context, createInOrder } from '../../src/supervisor/context.ts'
import { Phones } from '../../src/supervisor/seat/phones.ts'
import { accessProjection, phonesProjection } from '../../src/supervisor/seat/web-state.ts'
import { handlersWith } from '../server/fixtures.ts'
import { postTo } from '../security/web/pinned.ts'

const own = ownAddresses(networkInterfaces()).find(({ address }) => address.includes('.'))
const me: Actor = { kind: 'person', via: 'test' }
const ASKED: Parsed<'phoneOpen'> = {
  ...{ name: 'pixel', scope: 'answer', address: own?.address ?? null, port: null, forMs: null },
}

describe.skipIf(!own)(own ? 'in a network' : 'in a network (skipped: this machine is in none)', () => {
  let directory: string
  let journal: Journal
  let clock: number
  let accesses: Accesses
  let phones: Phones
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wt-phones-'))
    clock = Date.now()
    const path = join(directory, 'journal.db')
    journal = await openSqliteJournal({ path, projections: [accessProjection, phonesProjection], now })
    await start()
  })
  afterEach(async () => {
    await phones.leave()
    await journal.close()
    rmSync(directory, { recursive: true })
  })
  const now = () => clock

  /** As a supervisor that begins. */
  async function start(): Promise<void> {
    let ids = 0
    const ctx = {
      ...{ journal, now, paths: { state: directory }, token: 'person', inOrder: createInOrder() },
      ...{ id: (prefix: string) => `${prefix}${clock}${ids++}`, log: { error: () => {} } },
    } as unknown as Context
    accesses = new Accesses(ctx)
    await accesses.load()
    phones = new Phones(ctx, accesses, () => handlersWith({ sessions: async () => [] }))
    await phones.start()
  }
  const letIn = async (opened: Outputs['phoneOpen']): Promise<string> => {
    const code = new URL(opened.url).hash.replace('#code=', '')
    const { status, body } = await postTo(opened, WEB_PATHS.login, { code })
    if (status !== 200) throw new Error(`not let in: ${status}`)
    return (body as { result: { token: string } }).result.token
  }
  const asks = async (opened: Outputs['phoneOpen'], token: string): Promise<number> =>
    (await postTo(opened, '/api/sessions', { repo: null }, token)).status

  test('it closes when its time is over, and not before; opening it anew sets the time anew', async () => {
    const opened = await phones.open({ ...ASKED, forMs: 60_000 }, me)
    clock += 59_000
    await phones.endInTime()
    expect(phones.view().open).toEqual(opened.open)
    const longer = await phones.open({ ...ASKED, forMs: 60_000 }, me)
    expect(longer.open.url).toBe(opened.open.url)
    clock += 59_000
    await phones.endInTime()
    expect(phones.view().open).not.toBeNull()
    clock += 1_000
    await phones.endInTime()
    expect(phones.view()).toMatchObject({ open: null, closed: 'its time was over' })
    await expect(postTo(opened, WEB_PATHS.hello, {})).rejects.toThrow('ECONNREFUSED')
  })

  test('a phone keeps its access over a restart, which closes the board; opened again, it is let in as it is', async () => {
    const opened = await phones.open(ASKED, me)
    const token = await letIn(opened)
    await phones.leave()
    await start()
    expect(phones.view()).toMatchObject({ open: null, closed: 'the supervisor stopped' })
    expect(phones.view().phones).toMatchObject([{ name: 'pixel', scope: 'answer' }])
    const again = await phones.open({ ...ASKED, name: 'other' }, me)
    expect(again.open.url).toBe(opened.open.url)
    expect(await asks(again, token)).toBe(200)
    await phones.revoke('pixel', me)
    expect(await asks(again, token)).toBe(401)
    await expect(phones.revoke('pixel', me)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('a name is one phone: whoever has it next takes the access of who had it', async () => {
    const first = await phones.open(ASKED, me)
    const before = await letIn(first)
    const second = await phones.open({ ...ASKED, scope: 'look' }, me)
    expect(second.notes.join()).toContain('it loses it when this code is used')
    expect(await asks(first, before)).toBe(200)
    const after = await letIn(second)
    expect([await asks(first, before), await asks(first, after)]).toEqual([401, 200])
    expect(phones.view().phones).toMatchObject([{ name: 'pixel', scope: 'look' }])
    const unused = await phones.open({ ...ASKED, name: 'tablet' }, me)
    await phones.revoke(null, me)
    expect(await asks(first, after)).toBe(401)
    await expect(letIn(unused)).rejects.toThrow('not let in: 401')
  })
})
