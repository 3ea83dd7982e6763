#!/usr/bin/env node
/**
 * Speaks the hooks of Claude Code, and does nothing else: what happens in it happens at a known moment.
 *
 * Its goal begins with a line of JSON: `{"ask": N, "from": F, "pauseMs": P}` asks for a permission N times, each `P` to `3 P`
 * after the last answer, and names in each its number, from F on, and the moment; `{"work": MS}` reports a tool call
 * every MS.
 */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'

const after = (option) => process.argv[process.argv.indexOf(option) + 1]
if (process.argv.includes('--version')) {
  console.log('2.1.329 (Claude Code)')
  process.exit()
}

const { hooks } = JSON.parse(readFileSync(after('--settings'), 'utf8'))
const own = JSON.parse(after('--').split('\n')[0])
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const about = { session_id: after('--session-id'), cwd: process.cwd() }

/** Resolves when the hook is answered. */
function tell(event, body) {
  const [
    {
      hooks: [{ url, headers }],
    },
  ] = hooks[event]
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } })
    sent.on('response', (answer) => answer.resume().on('end', resolve))
    sent.on('error', reject)
    sent.end(JSON.stringify({ ...about, hook_event_name: event, ...body }))
  })
}

async function call(n, command, asked) {
  const tool = { tool_name: 'Bash', tool_input: { command }, tool_use_id: `call-${n}` }
  if (asked) await tell('PermissionRequest', tool)
  await tell('PostToolUse', { ...tool, tool_response: { stdout: '', stderr: '' } })
}

await tell('UserPromptSubmit', { prompt: 'Begin' })
const from = own.from ?? 0
for (let n = from; n < from + (own.ask ?? 0); n++) {
  await pause(own.pauseMs * (1 + 2 * Math.random()))
  await call(n, `ask-${n}-${Date.now()}`, true)
}
for (let n = 0; own.work !== undefined; n++) {
  await pause(own.work * (0.5 + Math.random()))
  await call(n, `ls src/${n}`, false)
}
await tell('Stop', { last_assistant_message: 'Asked enough.' })
process.stdin.resume()
