/** A bug fix that changes what a function takes: what another change, green alone, stumbles over. */
import { bash, commit, edit, handoff, read, write } from './work.ts'
import type { Work } from './work.ts'

export const salesAttribution: Work = {
  brief: {
    name: 'sales-attribution',
    goal: 'Credit sales to the channel that earned them\n\nVisits after the order, and direct visits, take the credit away now.',
    owns: ['src/attribution.js', 'src/reports.js', 'test/attribution.test.js'],
    land: true,
  },
  steps: () => [
    {
      text: 'I look at the rule and who uses it.',
      ...read('src/attribution.js', 'src/reports.js'),
      delayMs: 300,
    },
    { text: 'A test that shows the fault.', tools: [write('test/attribution.test.js', TEST)], delayMs: 400 },
    {
      text: 'It must fail now.',
      ...bash('npm test', 'See the new test fail'),
      delayMs: 200,
      expects: 'fails',
    },
    {
      text: 'To know which visits came before the order, the rule needs the whole order.',
      tools: [
        edit('src/attribution.js', OLD, FIXED),
        edit('src/reports.js', 'attribute(order.touches)', 'attribute(order)'),
      ],
      delayMs: 400,
    },
    { text: 'And now it must pass.', ...bash('npm test', 'Run the tests'), delayMs: 200 },
    { text: 'Green.', ...commit('Credit a sale to the last channel that led to it'), delayMs: 200 },
    handoff('Attribution is right, and takes the order instead of its visits.', {
      files: ['src/attribution.js', 'src/reports.js', 'test/attribution.test.js'],
      behaviour:
        'attribute(order) replaces attribute(touches); direct visits and visits after the order earn nothing.',
      risks: 'Whoever calls attribute() with a list of visits must pass the order.',
      next: 'Recalculate the sales report of this year.',
    }),
  ],
  afterwards: 'Understood. The fix is done; I change nothing more without being asked.',
}

const OLD = String.raw`/** The channel that is credited with a sale: the last one the customer came through. */
export function attribute(touches) {
  const visits = [...touches].sort((a, b) => a.at - b.at)
  return visits.at(-1)?.channel ?? 'direct'
}`

const FIXED = String.raw`/** The channel that is credited with an order: the last one, other than direct, that led to it. */
export function attribute(order) {
  const earned = order.touches.filter((touch) => touch.channel !== 'direct' && touch.at <= order.placedAt)
  return earned.sort((a, b) => a.at - b.at).at(-1)?.channel ?? 'direct'
}`

const TEST = String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'

const lines = [{ sku: 'lantern-l', count: 1 }]

function credited(touches) {
  const app = createApp({ now: () => 10 })
  app.orders.place({ lines, touches })
  return app.handle({ method: 'GET', path: '/reports/sales' }).body[0].channel
}

test('a direct visit does not take the credit from the newsletter', () => {
  assert.equal(credited([{ channel: 'newsletter', at: 1 }, { channel: 'direct', at: 2 }]), 'newsletter')
})

test('a visit after the order earns nothing', () => {
  assert.equal(credited([{ channel: 'search', at: 9 }, { channel: 'newsletter', at: 11 }]), 'search')
})

test('an order without visits is direct', () => {
  assert.equal(credited([]), 'direct')
})
`
