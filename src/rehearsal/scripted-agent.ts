/**
 * The built-in scripted agent: does a brief's work by itself, without any agent or model, where Claude
 * Code is not to be had. Started by the `command` agent: `scripted-agent NAME ROOT [PACE]` in the workspace.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { run } from '../platform/run.ts'
import type { Step, ToolUse } from './model-server/index.ts'
import { fill } from './model-server/steps.ts'
import { WEEK } from './week/index.ts'
import type { Work } from './week/index.ts'

/** Outcome of one tool: what it said, and whether that is an error. */
interface Outcome {
  text: string
  error: boolean
}

function textOf(tool: ToolUse, key: string): string {
  const value = tool.input[key]
  return typeof value === 'string' ? value : ''
}

async function use(tool: ToolUse, work: Work, pace: number): Promise<Outcome> {
  const text = (key: string): string => textOf(tool, key)
  const path = text('file_path')
  try {
    switch (tool.name) {
      case 'Read':
        return { text: `${readFileSync(path, 'utf8').split('\n').length - 1} lines`, error: false }
      case 'Write':
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text('content'))
        return { text: 'written', error: false }
      case 'Edit': {
        const before = readFileSync(path, 'utf8')
        if (before.split(text('old_string')).length !== 2)
          return { text: 'the text to replace is not there once', error: true }
        writeFileSync(
          path,
          before.replace(text('old_string'), () => text('new_string')),
        )
        return { text: 'edited', error: false }
      }
      case 'Bash': {
        const ran = await run('/bin/sh', ['-c', text('command')], { env: process.env })
        const said = `${ran.stdout}${ran.stderr}`.trim()
        return { text: `exit ${ran.code}${said && `\n${said}`}`, error: ran.code !== 0 }
      }
      case 'Agent':
        for (const step of work.subagent?.steps ?? []) await follow(step, work, pace)
        return { text: 'done', error: false }
      default:
        return { text: `no tool ${tool.name}`, error: true }
    }
  } catch (error) {
    return { text: (error as Error).message, error: true }
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function follow(raw: Step, work: Work, pace: number): Promise<Outcome[]> {
  const step = fill(raw, { CWD: process.cwd(), RESULT: '', SESSION: '', PLAN: '', N: '' })
  await delay((step.delayMs ?? 0) * pace)
  if (step.text) {
    // The title is what the person sees of it without looking at its screen.
    if (process.stdout.isTTY) process.stdout.write(`\u001b]0;${step.text.split('\n')[0]}\u0007`)
    say(step.text)
  }
  const tools = [...(step.tools ?? [])]
  if (step.tool) tools.push({ name: step.tool, input: step.input ?? {} })
  const outcomes = []
  for (const tool of tools) {
    say(
      `  ${tool.name} ${textOf(tool, 'file_path') || textOf(tool, 'command') || textOf(tool, 'description')}`,
    )
    const outcome = await use(tool, work, pace)
    say(outcome.text.replace(/^/gm, outcome.error ? '  ! ' : '  | '))
    outcomes.push(outcome)
  }
  return outcomes
}

/** @returns exit code: 0 when every step went as it was meant to */
async function main([name, root, pace = '1']: string[]): Promise<number> {
  const work = WEEK.find((candidate) => candidate.brief.name === name)
  if (!work || !root) {
    process.stderr.write(
      `usage: scripted-agent NAME ROOT [PACE]; NAME is one of ${WEEK.map((each) => each.brief.name).join(', ')}\n`,
    )
    return 2
  }
  const steps = work.steps(root)
  for (const step of steps) {
    const outcomes = await follow(step, work, Number(pace))
    const failed = outcomes.some((outcome) => outcome.error)
    if (step.expects === 'refused' && !failed) say('  (nothing on this machine refused it)')
    if (step.expects === undefined && failed) return 1
  }
  const report = process.env['WORKTRAIN_HANDOFF']
  if (report) writeFileSync(report, steps.at(-1)?.text ?? '')
  return 0
}

process.exitCode = await main(process.argv.slice(2))
