/** A deployment migration. Shares `src/routes.js` with the events pipeline; uses a subagent. */
import { bash, commit, edit, handoff, read, write } from './work.ts'
import type { Work } from './work.ts'

const SUBAGENT = 'Read the Heroku files and say what each of them gives the shop, so that nothing is lost.'

export const kamalMigration: Work = {
  brief: {
    name: 'kamal-migration',
    goal: 'Move the deployment from Heroku to Kamal\n\nImage, configuration, workflow, health check and README.',
    owns: [
      ...['Dockerfile', 'config/deploy.yml', '.github/**', 'Procfile', 'app.json', 'README.md'],
      ...['src/routes.js', 'test/health.test.js'],
    ],
    land: true,
  },
  subagent: {
    prompt: SUBAGENT,
    steps: [
      { text: 'Reading both.', ...read('Procfile', 'app.json'), delayMs: 600 },
      {
        text: 'Procfile starts src/server.js as the web process. app.json asks for a generated PAYMENT_SECRET.',
        delayMs: 600,
      },
    ],
  },
  steps: () => [
    {
      text: 'First I let a subagent find out what Heroku does for the shop.',
      tool: 'Agent',
      // In the background it would end the turn while it still works (facts: the default of the agent).
      input: {
        description: 'Read Heroku files',
        subagent_type: 'general-purpose',
        prompt: SUBAGENT,
        run_in_background: false,
      },
      delayMs: 1000,
    },
    { text: 'Now what refers to the deployment.', ...read('README.md', 'src/routes.js'), delayMs: 1200 },
    {
      text: 'The image and the configuration.',
      tools: [write('Dockerfile', DOCKERFILE), write('config/deploy.yml', DEPLOY)],
      delayMs: 2000,
    },
    {
      text: 'A workflow releases main.',
      tools: [write('.github/workflows/deploy.yml', WORKFLOW)],
      delayMs: 1500,
    },
    {
      text: 'Kamal asks /up before it sends visitors to a new release.',
      tools: [
        edit('src/routes.js', '    // Storefront\n', `${UP}    // Storefront\n`),
        write('test/health.test.js', HEALTH_TEST),
      ],
      delayMs: 1500,
    },
    {
      text: 'The README follows.',
      tools: [
        edit('README.md', HEROKU, KAMAL),
        edit(
          'README.md',
          '| GET /products | the catalog |',
          '| GET /up | says that the shop is up |\n| GET /products | the catalog |',
        ),
      ],
      delayMs: 1200,
    },
    {
      text: 'What Heroku read goes.',
      ...bash('git rm --quiet Procfile app.json', 'Remove the Heroku files'),
      delayMs: 800,
    },
    { text: 'The tests.', ...bash('npm test', 'Run the tests'), delayMs: 500 },
    { text: 'All green.', ...commit('Deploy with Kamal instead of Heroku'), delayMs: 800 },
    handoff('The shop deploys with Kamal.', {
      files: [
        'Dockerfile',
        'config/deploy.yml',
        '.github/workflows/deploy.yml',
        'src/routes.js',
        'test/health.test.js',
        'README.md',
        'Procfile',
        'app.json',
      ],
      behaviour: 'GET /up answers 200; a push to main releases with Kamal.',
      risks: 'The image was not built here.',
      next: 'Add KAMAL_REGISTRY_PASSWORD and PAYMENT_SECRET to the secrets.',
    }),
  ],
  afterwards: 'Understood. The migration is done; I change nothing more without being asked.',
}

const DOCKERFILE = String.raw`FROM node:24-slim
WORKDIR /shop
COPY package.json ./
COPY src ./src
USER node
EXPOSE 3000
CMD ["node", "src/server.js"]
`

const DEPLOY = String.raw`service: lantern-shop
image: lantern/shop
servers:
  web:
    - 192.0.2.10
proxy:
  host: shop.lantern.example
  app_port: 3000
  healthcheck:
    path: /up
registry:
  username: lantern
  password:
    - KAMAL_REGISTRY_PASSWORD
env:
  secret:
    - PAYMENT_SECRET
builder:
  arch: amd64
`

const WORKFLOW = String.raw`name: deploy
on:
  push:
    branches: [main]
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm test
      - run: gem install kamal && kamal deploy
`

const UP = String.raw`    // Operations: the proxy asks this before it sends visitors
    {
      method: 'GET',
      path: '/up',
      answer: () => ({ status: 200, body: { up: true } }),
    },

`

const HEALTH_TEST = String.raw`import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.js'

test('the shop says that it is up', () => {
  assert.deepEqual(createApp().handle({ method: 'GET', path: '/up' }), { status: 200, body: { up: true } })
})
`

const HEROKU = 'The shop runs on Heroku: git push heroku main releases it.'
const KAMAL = String.raw`The shop runs on its own servers with [Kamal](https://kamal-deploy.org): a push to main releases it
(.github/workflows/deploy.yml), or kamal deploy by hand. The proxy asks GET /up before it switches over.`
