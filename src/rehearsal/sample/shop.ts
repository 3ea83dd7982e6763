/** The sample's program: a small shop on plain Node, no dependencies. Paths and whole contents. */
export const SHOP: Record<string, string> = {
  'package.json': String.raw`{
  "name": "lantern-shop",
  "version": "1.4.0",
  "private": true,
  "description": "Lanterns, wicks and oil: the shop's back end.",
  "type": "module",
  "scripts": {
    "start": "node src/server.js",
    "test": "node --test"
  },
  "engines": {
    "node": ">=20"
  }
}
`,
  '.npmrc': String.raw`audit=false
fund=false
update-notifier=false
`,
  '.gitignore': String.raw`node_modules/
.env
`,
  'src/money.js': String.raw`/** Amounts are whole cents everywhere; this is the only place that prints them. */
export function formatCents(cents) {
  return (cents / 100).toFixed(2) + ' EUR'
}
`,
  'src/catalog.js': String.raw`const products = new Map([
  ['lantern-s', { title: 'Storm lantern, small', cents: 3900 }],
  ['lantern-l', { title: 'Storm lantern, large', cents: 6400 }],
  ['wick', { title: 'Spare wick', cents: 350 }],
  ['oil-1l', { title: 'Lamp oil, 1 l', cents: 790 }],
])

export function listProducts() {
  return [...products].map(([sku, product]) => ({ sku, ...product }))
}

export function priceOf(sku) {
  const product = products.get(sku)
  if (!product) throw new RangeError('unknown product ' + sku)
  return product.cents
}
`,
  'src/orders.js': String.raw`import { priceOf } from './catalog.js'

/** Orders of this process, in the order they were placed. */
export function createOrders(now) {
  const placed = []

  return {
    /** touches: the visits that led here, each { channel, at } */
    place({ lines, touches = [] }) {
      if (!Array.isArray(lines) || lines.length === 0) {
        throw new RangeError('an order needs at least one line')
      }
      const cents = lines.reduce((sum, line) => sum + line.count * priceOf(line.sku), 0)
      const order = { id: 'o' + (placed.length + 1), placedAt: now(), lines, touches, cents, paid: false }
      placed.push(order)
      return order
    },
    find: (id) => placed.find((order) => order.id === id) ?? null,
    all: () => [...placed],
  }
}
`,
  'src/attribution.js': String.raw`/** The channel that is credited with a sale: the last one the customer came through. */
export function attribute(touches) {
  const visits = [...touches].sort((a, b) => a.at - b.at)
  return visits.at(-1)?.channel ?? 'direct'
}
`,
  'src/reports.js': String.raw`import { attribute } from './attribution.js'
import { formatCents } from './money.js'

/** Sales by channel, the best first. */
export function salesByChannel(orders) {
  const sums = new Map()
  for (const order of orders) {
    const channel = attribute(order.touches)
    sums.set(channel, (sums.get(channel) ?? 0) + order.cents)
  }
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([channel, cents]) => ({ channel, sales: formatCents(cents) }))
}
`,
  'src/webhooks.js': String.raw`/** What other systems call, by name: POST /webhooks/NAME. Each gets the app and the body. */
export const webhooks = {
  payment(app, body) {
    const order = app.orders.find(body.order)
    if (!order) return { status: 404, body: { error: 'no order ' + body.order } }
    order.paid = true
    return { status: 200, body: { order: order.id, paid: true } }
  },
}
`,
  'src/routes.js': String.raw`import { listProducts } from './catalog.js'
import { formatCents } from './money.js'
import { salesByChannel } from './reports.js'

/** Every address of the shop in one place: method, path and what answers. */
export function createRoutes(app) {
  return [
    // Storefront
    {
      method: 'GET',
      path: '/products',
      answer: () => ({ status: 200, body: listProducts() }),
    },

    // Orders
    {
      method: 'POST',
      path: '/orders',
      answer: (body) => {
        const order = app.orders.place(body)
        return { status: 201, body: { id: order.id, total: formatCents(order.cents) } }
      },
    },

    // Office
    {
      method: 'GET',
      path: '/reports/sales',
      answer: () => ({ status: 200, body: salesByChannel(app.orders.all()) }),
    },
  ]
}
`,
  'src/app.js': String.raw`import { createOrders } from './orders.js'
import { createRoutes } from './routes.js'
import { webhooks } from './webhooks.js'

/** The whole shop without a network: a request in, an answer out. */
export function createApp({ now = Date.now } = {}) {
  const app = { orders: createOrders(now) }
  const routes = createRoutes(app)

  app.handle = ({ method, path, body = {} }) => {
    try {
      const hook = method === 'POST' && path.startsWith('/webhooks/') ? webhooks[path.slice(10)] : undefined
      if (hook) return hook(app, body)
      const route = routes.find((candidate) => candidate.method === method && candidate.path === path)
      return route ? route.answer(body) : { status: 404, body: { error: 'nothing at ' + path } }
    } catch (error) {
      if (error instanceof RangeError) return { status: 422, body: { error: error.message } }
      throw error
    }
  }
  return app
}
`,
  'src/server.js': String.raw`import { createServer } from 'node:http'
import { createApp } from './app.js'

const app = createApp()
const port = Number(process.env.PORT ?? 3000)

createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  const path = new URL(request.url, 'http://shop').pathname
  const answer = app.handle({ method: request.method, path, body: text ? JSON.parse(text) : {} })
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer.body))
}).listen(port, () => console.log('lantern-shop listens on ' + port))
`,
}
