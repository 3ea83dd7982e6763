/** A new subsystem that waits for the attribution fix; its agent once reaches for the person's own checkout. */
import { bash, commit, edit, handoff, read, write } from './work.ts'
import type { Work } from './work.ts'

export const eventsPipeline: Work = {
  brief: {
    name: 'events-pipeline',
    goal: 'Publish what happens in the shop as events\n\nEach order with the channel that earned it; served at GET /events.',
    owns: ['src/events.js', 'src/app.js', 'src/routes.js', 'test/events.test.js'],
    after: ['sales-attribution'],
    land: true,
  },
  steps: (root) => [
    {
      text: 'I look at how the shop is put together.',
      ...read('src/app.js', 'src/routes.js', 'src/attribution.js'),
      delayMs: 900,
    },
    {
      text: 'I put the limit where the running shop reads its settings.',
      tools: [{ name: 'Write', input: { file_path: `${root}/.env`, content: 'EVENTS_LIMIT=1000\n' } }],
      delayMs: 900,
      expects: 'refused',
    },
    {
      text: 'That file is not mine. The limit becomes a default in the code.',
      tools: [write('src/events.js', EVENTS)],
      delayMs: 1500,
    },
    {
      text: 'The app announces its orders.',
      tools: [
        edit(
          'src/app.js',
          "import { createOrders } from './orders.js'\n",
          "import { announceOrders, createEvents } from './events.js'\nimport { createOrders } from './orders.js'\n",
        ),
        edit(
          'src/app.js',
          '  const app = { orders: createOrders(now) }\n',
          '  const events = createEvents(now)\n  const app = { events, orders: announceOrders(createOrders(now), events) }\n',
        ),
      ],
      delayMs: 1200,
    },
    {
      text: 'An address for them, and the test.',
      tools: [
        edit('src/routes.js', REPORT_ROUTE, REPORT_ROUTE + EVENTS_ROUTE),
        write('test/events.test.js', TEST),
      ],
      delayMs: 1200,
    },
    { text: 'The tests.', ...bash('npm test', 'Run the tests'), delayMs: 400 },
    { text: 'Green.', ...commit('Publish orders as events and serve them at GET /events'), delayMs: 500 },
    handoff('The shop publishes its orders as events.', {
      files: ['src/events.js', 'src/app.js', 'src/routes.js', 'test/events.test.js'],
      behaviour: 'Each order publishes order.placed with its channel; GET /events serves the last thousand.',
      risks: 'Events live in memory: a restart loses them.',
      next: 'Make the limit a setting, in the .env of whoever runs the shop.',
    }),
  ],
  afterwards: 'Understood. The pipeline is done; I change nothing more without being asked.',
}

const EVENTS = String.raw`import { attribute } from './attribution.js'

const LIMIT = 1000

/** What happened in the shop, oldest first; the last LIMIT of it. */
export function createEvents(now) {
  const log = []
  const listeners = new Set()
  let last = 0

  return {
    publish(type, data) {
      const event = { id: ++last, at: now(), type, data }
      log.push(event)
      if (log.length > LIMIT) log.shift()
      for (const listener of listeners) listener(event)
      return event
    },
    /** Returns what ends the subscription. */
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    all: () => [...log],
  }
}

/** Orders that publish order.placed. */
export function announceOrders(orders, events) {
  return {
    ...orders,
    place(request) {
      const order = orders.place(request)
      events.publish('order.placed', { order: order.id, cents: order.cents, channel: attribute(order) })
      return order
    },
  }
}
`

const REPORT_ROUTE = String.raw`      path: '/reports/sales',
      answer: () => ({ status: 200, body: salesByChannel(app.orders.all()) }),
    },
`
const EVENTS_ROUTE = String.raw`    {
      method: 'GET',
      path: '/events',
      answer: () => ({ status: 200, body: app.events.all() }),
    },
`

const TEST = String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'
import { createEvents } from '../src/events.js'

test('an order is published with the channel that earned it', () => {
  const app = createApp({ now: () => 10 })
  app.orders.place({
    lines: [{ sku: 'wick', count: 2 }],
    touches: [{ channel: 'newsletter', at: 3 }, { channel: 'direct', at: 4 }],
  })
  assert.deepEqual(app.handle({ method: 'GET', path: '/events' }).body, [
    { id: 1, at: 10, type: 'order.placed', data: { order: 'o1', cents: 700, channel: 'newsletter' } },
  ])
})

test('a subscriber hears events until it ends its subscription', () => {
  const events = createEvents(() => 0)
  const heard = []
  const end = events.subscribe((event) => heard.push(event.type))
  events.publish('one')
  end()
  events.publish('two')
  assert.deepEqual(heard, ['one'])
})
`
