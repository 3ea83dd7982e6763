/** The room's door. */
export { createServer } from './server.ts'
export type { ServerOptions } from './server.ts'
export { around, type Handlers } from './app.ts'
export { listenForWeb } from './web/listener.ts'
export type { WebListener } from './web/listener.ts'
export { listenForPhones } from './web/phones.ts'
export type { PhoneListener } from './web/phones.ts'
export type { OpenTerminal } from './web/terminal.ts'
