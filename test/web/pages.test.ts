/** Every page has an address of its own, which leads to it again: after a reload, and from a bookmark. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, expect, test } from 'vitest'
import type { Env } from '../../src/server/app.ts'
import { addFiles } from '../../src/server/web/files.ts'
import { addressOf, type Page, pageAt } from '../../src/web/address.ts'

const PAGES: Page[] = [
  { page: 'board' },
  { page: 'new', plan: false },
  { page: 'new', plan: true },
  { page: 'train', repo: null },
  { page: 'train', repo: '/a b&c' },
  { page: 'usage' },
  { page: 'terminals', of: [] },
  { page: 'terminals', of: ['a', 'b&s=c'] },
  { page: 'settings', repo: null },
  { page: 'session', id: 'a/b', view: 'Terminal' },
  { page: 'session', id: 'a', view: 'Review' },
  { page: 'session', id: 'a', view: 'Conversation' },
]

const directory = mkdtempSync(join(tmpdir(), 'wt-web-'))
writeFileSync(join(directory, 'index.html'), 'the page')
const app = new Hono<Env>()
addFiles(app, directory)
afterAll(() => rmSync(directory, { recursive: true }))

test.each(PAGES.map((page) => [addressOf(page), page] as const))('%s', async (address, page) => {
  const url = new URL(address, 'http://127.0.0.1')
  expect(pageAt(url.pathname, url.search.slice(1))).toEqual(page)
  const answer = await app.request(url.href)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toBe('the page')
})

test('another address is none', async () => {
  expect(pageAt('/elsewhere', '')).toEqual({ page: 'nowhere' })
  expect((await app.request('http://127.0.0.1/elsewhere')).status).toBe(404)
})
