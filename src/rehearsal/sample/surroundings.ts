/** The sample's tests, its deployment and its papers. Paths and whole contents. */
export const TESTS: Record<string, string> = {
  'test/orders.test.js': String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'

test('an order is priced from the catalog', () => {
  const app = createApp()
  const lines = [
    { sku: 'lantern-s', count: 1 },
    { sku: 'wick', count: 4 },
  ]
  const answer = app.handle({ method: 'POST', path: '/orders', body: { lines } })
  assert.deepEqual(answer, { status: 201, body: { id: 'o1', total: '53.00 EUR' } })
})

test('an order for something the shop does not sell is refused', () => {
  const app = createApp()
  const answer = app.handle({ method: 'POST', path: '/orders', body: { lines: [{ sku: 'candle', count: 1 }] } })
  assert.deepEqual(answer, { status: 422, body: { error: 'unknown product candle' } })
})

test('a payment notice marks the order as paid', () => {
  const app = createApp()
  const { id } = app.orders.place({ lines: [{ sku: 'wick', count: 1 }] })
  assert.equal(app.handle({ method: 'POST', path: '/webhooks/payment', body: { order: id } }).status, 200)
  assert.equal(app.orders.find(id).paid, true)
})
`,
  'test/reports.test.js': String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'

test('sales are summed by channel, the best first', () => {
  const app = createApp({ now: () => 100 })
  const lines = [{ sku: 'oil-1l', count: 1 }]
  app.orders.place({ lines, touches: [{ channel: 'newsletter', at: 1 }] })
  app.orders.place({ lines, touches: [{ channel: 'search', at: 2 }] })
  app.orders.place({ lines, touches: [{ channel: 'newsletter', at: 3 }, { channel: 'search', at: 4 }] })
  assert.deepEqual(app.handle({ method: 'GET', path: '/reports/sales' }).body, [
    { channel: 'search', sales: '15.80 EUR' },
    { channel: 'newsletter', sales: '7.90 EUR' },
  ])
})
`,
}

export const DEPLOYMENT: Record<string, string> = {
  Procfile: 'web: node src/server.js\n',
  'app.json': String.raw`{
  "name": "lantern-shop",
  "stack": "heroku-24",
  "env": {
    "PAYMENT_SECRET": { "generator": "secret" }
  }
}
`,
  'README.md': String.raw`# Lantern shop

The back end of a small shop: a catalog, orders, the report that says which channel earned what.
Plain Node 20 or newer, no dependencies.

    npm start      # listens on PORT, 3000 by default
    npm test

| address | does |
|---|---|
| GET /products | the catalog |
| POST /orders | places an order |
| POST /webhooks/NAME | notices of other systems |
| GET /reports/sales | sales by channel |

## Deployment

The shop runs on Heroku: git push heroku main releases it.
`,
  'test/deployment.test.js': String.raw`import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the deployment starts the server', () => {
  const recipe = ['Dockerfile', 'Procfile'].find((name) => existsSync(name))
  assert.match(readFileSync(recipe, 'utf8'), /src\/server\.js/)
})
`,
}

/** What an agent may do here without asking; shared with the repository, as teams do. */
export const AGENT_SETTINGS: Record<string, string> = {
  '.claude/settings.json': String.raw`{
  "permissions": {
    "allow": ["Bash(npm test)", "Bash(git add:*)", "Bash(git rm:*)", "Bash(git commit:*)", "Bash(git diff:*)"]
  }
}
`,
}
