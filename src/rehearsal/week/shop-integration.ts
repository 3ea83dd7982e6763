/**
 * A change that is green alone, merges without a conflict, and is red on the merged tree: it calls
 * `attribute()` as it was before the attribution fix.
 */
import { bash, commit, edit, handoff, read, write } from './work.ts'
import type { Work } from './work.ts'

export const shopIntegration: Work = {
  brief: {
    name: 'shop-integration',
    goal: 'Take orders from the marketplace by webhook\n\nAnswer with the channel that is credited.',
    owns: ['src/marketplace.js', 'src/webhooks.js', 'test/marketplace.test.js'],
    // Put on the train by hand once the attribution fix is on main: only then can the merged tree be red.
    land: false,
  },
  steps: () => [
    {
      text: 'I look at the webhooks and at the attribution.',
      ...read('src/webhooks.js', 'src/attribution.js'),
      delayMs: 1200,
    },
    {
      text: 'What the marketplace sends becomes an order.',
      tools: [write('src/marketplace.js', MARKETPLACE)],
      delayMs: 1800,
    },
    {
      text: 'It gets its webhook.',
      tools: [
        edit(
          'src/webhooks.js',
          '/** What other',
          "import { receiveMarketplaceOrder } from './marketplace.js'\n\n/** What other",
        ),
        edit(
          'src/webhooks.js',
          'export const webhooks = {\n',
          'export const webhooks = {\n  marketplace: receiveMarketplaceOrder,\n\n',
        ),
      ],
      delayMs: 1500,
    },
    { text: 'And a test.', tools: [write('test/marketplace.test.js', TEST)], delayMs: 1500 },
    { text: 'The tests.', ...bash('npm test', 'Run the tests'), delayMs: 500 },
    { text: 'Green.', ...commit('Take orders from the marketplace by webhook'), delayMs: 600 },
    handoff('The marketplace can send its orders.', {
      files: ['src/marketplace.js', 'src/webhooks.js', 'test/marketplace.test.js'],
      behaviour: 'POST /webhooks/marketplace places an order and answers with the credited channel.',
      risks: 'The payload is not signed yet.',
      next: 'Ask the marketplace for a signing key.',
    }),
  ],
  afterwards: [
    'The tests fail only together with what is on main now: attribute() takes an order there, my change passes it a list of visits.',
    'BLOCKED: needs a decision by the person: should a marketplace order be credited by the new rule, or always to the marketplace?',
  ].join('\n'),
}

const MARKETPLACE = String.raw`import { attribute } from './attribution.js'

/** An order of the marketplace: its items become lines, its campaign the visit that earned it. */
export function receiveMarketplaceOrder(app, body) {
  const touches = body.campaign ? [{ channel: body.campaign, at: body.clickedAt }] : []
  const lines = body.items.map((item) => ({ sku: item.article, count: item.quantity }))
  const order = app.orders.place({ lines, touches })
  return { status: 201, body: { order: order.id, channel: attribute(touches) } }
}
`

const TEST = String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'

test('an order of the marketplace is placed and credited to its campaign', () => {
  const app = createApp({ now: () => 10 })
  const body = { items: [{ article: 'lantern-s', quantity: 2 }], campaign: 'autumn', clickedAt: 5 }
  assert.deepEqual(app.handle({ method: 'POST', path: '/webhooks/marketplace', body }), {
    status: 201,
    body: { order: 'o1', channel: 'autumn' },
  })
  assert.equal(app.orders.all()[0].cents, 7800)
})
`
