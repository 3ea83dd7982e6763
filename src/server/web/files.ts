/** The built board as static files: one page, and what it loads, under names that say their content. */
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Context, Hono } from 'hono'
import type { Env } from '../app.ts'
import { WorktrainError } from '../../protocol/index.ts'

/** Paths of the board's own pages (`web/address.ts`); each is the one page, which finds out by itself. */
const PAGES = ['/', '/new', '/train', '/terminals', '/usage', '/settings', '/s/:name'] as const

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** The service worker: from the root, so that all of the board is within its scope. */
const WORKER = 'push-worker.js'

/** What programs ask for: there a page would be no answer. */
const OF_PROGRAMS = /^\/(api|access|assets|events|socket)(\/|$)/

/** A name that Vite gives; none of them can leave the directory. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/**
 * @param directory `dist/web`, read anew for each request: a newer build is served at once
 */
export function addFiles(app: Hono<Env>, directory: string): void {
  const page = (context: Context<Env>, status: 200 | 404) => {
    const bytes = readOr(join(directory, 'index.html'))
    if (bytes === null)
      throw new WorktrainError('UNAVAILABLE', `There is no built web board at ${directory}.`)
    return context.body(bytes, status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    })
  }
  for (const path of PAGES) app.get(path, (context) => page(context, 200))
  app.get(`/${WORKER}`, (context, next) => {
    const bytes = readOr(join(directory, WORKER))
    if (bytes === null) return next()
    return Promise.resolve(
      context.body(bytes, 200, {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'no-cache',
      }),
    )
  })
  app.get('/assets/:name', (context, next) => {
    const name = context.req.param('name')
    const type = TYPES[extname(name)]
    const bytes = NAME.test(name) && type !== undefined ? readOr(join(directory, 'assets', name)) : null
    if (bytes === null || type === undefined) return next()
    return Promise.resolve(
      context.body(bytes, 200, {
        'content-type': type,
        'cache-control': 'private, max-age=31536000, immutable',
      }),
    )
  })
  // Whoever typed it is told so by the page, and gets back from there; a program reads what it asked for.
  app.get('*', (context, next) =>
    context.req.header('accept')?.includes('text/html') && !OF_PROGRAMS.test(context.req.path)
      ? Promise.resolve(page(context, 404))
      : next(),
  )
}

function readOr(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
