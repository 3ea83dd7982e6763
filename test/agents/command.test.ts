/** Any program as an agent. */
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { command } from '../../src/agents/command/index.ts'
import type { Brief } from '../../src/protocol/index.ts'
import { brief, context, env, put, request, root } from './home.ts'

describe('any command', () => {
  const withCommand = (...argv: string[]): Brief => ({ ...brief, agent: 'command', command: argv })
  const start = async (prompt: string | null, ...argv: string[]) => {
    const asked = withCommand(...argv)
    const installation = await command.find(asked, env)
    if (!installation) throw new Error('not found')
    return command.prepare(
      request({ brief: asked, prompt, installation, hooks: null, conversation: null, env }),
    )
  }
  test('gets the prompt three ways, and hands off by a file', async () => {
    const script = `printf '%s|' "$WORKTRAIN_PROMPT" "$(cat "$WORKTRAIN_PROMPT_FILE")" "$1"
printf 'files_changed: [a.txt]\\nrisks: none\\n' > "$WORKTRAIN_HANDOFF"`
    const plan = await start("it's $& {x}", 'sh', '-c', script, 'sh', 'do: {prompt}')
    const [program = '', ...args] = plan.argv
    const said = execFileSync(program, args, { env: plan.env, encoding: 'utf8' })
    expect(said).toBe("it's $& {x}|it's $& {x}|do: it's $& {x}|")
    expect(await command.report?.(context())).toMatchObject({ filesChanged: ['a.txt'], risks: '' })
    expect(plan.writable.every((path) => (plan.env.WORKTRAIN_HANDOFF ?? '').startsWith(path))).toBe(true)
    // The next process starts without the report of the last.
    await start(null, 'sh')
    expect(await command.report?.(context())).toBeNull()
  })
  test('a planted link is no report', async () => {
    const plan = await start(null, 'sh')
    put(join(root, 'secret'), 'risks: secret')
    symlinkSync(join(root, 'secret'), plan.env.WORKTRAIN_HANDOFF ?? '')
    expect(await command.report?.(context())).toBeNull()
  })
  test('a prompt too long for a variable is in the file', async () => {
    const plan = await start('x'.repeat(200_000), 'sh')
    expect(plan.env).not.toHaveProperty('WORKTRAIN_PROMPT')
    expect(readFileSync(plan.env.WORKTRAIN_PROMPT_FILE ?? '', 'utf8')).toHaveLength(200_000)
  })
  test('programs that are not there', async () => {
    await expect(command.find(withCommand(), env)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(command.find(withCommand('no-such-program'), env)).rejects.toMatchObject({
      code: 'AGENT_NOT_INSTALLED',
    })
    expect(await command.find(withCommand('./run.sh'), env)).toEqual({ path: './run.sh', version: '' })
  })
  test('keys', () => {
    expect(command.keys('yes', { bracketedPaste: false })).toEqual(['yes', '\r'])
    expect(command.keys('a\nb', { bracketedPaste: false })).toBeNull()
    expect(command.keys('a\nb', { bracketedPaste: true })).toEqual(['\u001b[200~a\rb\u001b[201~', '\r'])
  })
})
