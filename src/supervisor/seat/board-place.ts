/** Where the board is served from, and on which ports. */
import { randomInt } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Below what systems hand out to outgoing connections: the port is still free after a restart. */
const PORTS = { from: 17_000, to: 31_999 }
const PORT_TRIES = 20

/**
 * Listens on a port of our choice.
 * @param listen answers false when somebody else has the port
 * @returns the port; null: none was free
 */
export async function listenSomewhere(listen: (port: number) => Promise<boolean>): Promise<number | null> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = randomInt(PORTS.from, PORTS.to + 1)
    if (await listen(port)) return port
  }
  return null
}

/** Is this what a listener throws when the port belongs to somebody else? */
export function isTaken(error: unknown): boolean {
  return ['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** `dist/web` beside `dist/supervisor.js`; run from source, that of the last build. */
export function builtBoard(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts') ? join(dirname(here), '../../../dist/web') : join(dirname(here), 'web')
}
