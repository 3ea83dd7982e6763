/**
 * The scripted model server as a program of its own.
 *
 * Variables: `PORT` (0, the default: any), `SCRIPT_LOG` (file for the request log). The first line of
 * output is `{"listening":"http://127.0.0.1:N","pid":…}`; it ends on SIGTERM, SIGINT or SIGHUP.
 */
import { startModelServer } from './server.ts'

const server = await startModelServer({
  port: Number(process.env['PORT'] ?? 0),
  ...(process.env['SCRIPT_LOG'] ? { log: process.env['SCRIPT_LOG'] } : {}),
})
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => void server.close())
console.log(JSON.stringify({ listening: server.url, pid: process.pid }))
