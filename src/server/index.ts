/** The room's door. */
export { createServer } from './server.ts'
export type { ServerOptions } from './server.ts'
export type { Handlers } from './app.ts'
