/**
 * Any program in a terminal: a script, or an agent nobody has heard of.
 *
 * It gets the prompt as `WORKTRAIN_PROMPT`, as the file `WORKTRAIN_PROMPT_FILE`, and in place of `{prompt}`
 * in its arguments. It may hand off by writing a report (the YAML of `HANDOFF_REQUEST`, with or without the
 * fence) to the file `WORKTRAIN_HANDOFF`. What it says of itself beyond that is not known: it works while
 * its process runs.
 */
import { constants, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { makePrivateDirectory, writeFileDurably } from '../../platform/files.ts'
import { type HandoffClaims, type HostRecord, WorktrainError } from '../../protocol/index.ts'
import type { Agent, Installation, LaunchPlan, LaunchRequest, Meaning, ObserveContext } from '../agent.ts'
import { agentEnvironment } from '../environment.ts'
import { findProgram } from '../../platform/find.ts'
import { parseHandoff, readHandoff } from '../handoff.ts'
import { commandFiles } from './files.ts'

/** Longest prompt that is also given as a variable, bytes: Linux takes 128 KiB for one string. */
const VARIABLE_MAX = 100 * 1024
const HANDOFF_MAX = 256 * 1024

export const command: Agent = {
  name: 'command',
  title: 'any command',
  hooks: false,
  modes: [],
  resumable: false,
  find: async (brief, env) => findCommand(brief.command, env),
  ready: async () => {},
  prepare: async (request) => prepareCommand(request),
  interpret: interpretCommand,
  observe: async () => null,
  answer: () => {
    throw new WorktrainError('ANSWER_INVALID', 'A command asks in its own terminal only.', {
      hint: 'Answer there: `worktrain attach NAME`.',
    })
  },
  keys: commandKeys,
  interrupt: '\u0003',
  usage: async () => null,
  handoffRequest: '',
  handoff: () => null,
  report: readReport,
}

function findCommand(argv: string[], env: Record<string, string | undefined>): Installation {
  const program = argv[0]
  if (!program) {
    throw new WorktrainError('USAGE', 'The command agent needs a command.', {
      hint: 'Give the program and its arguments after `--`.',
    })
  }
  // Relative to the workspace, which may not be there yet.
  if (program.includes('/') && !isAbsolute(program)) return { path: program, version: '' }
  const path = findProgram(program, env.PATH ?? '')
  if (path) return { path, version: '' }
  throw new WorktrainError('AGENT_NOT_INSTALLED', `There is no program "${program}".`, {
    hint: 'Correct the command, or install the program.',
  })
}

function prepareCommand(request: LaunchRequest): LaunchPlan {
  const files = commandFiles(request.stateDir)
  const prompt = request.prompt ?? request.brief.goal
  makePrivateDirectory(files.base)
  // Its content is the command's own: a link in its place is not followed, only removed.
  rmSync(files.out, { recursive: true, force: true })
  makePrivateDirectory(files.out)
  writeFileDurably(files.prompt, prompt)
  const { path } = request.installation
  return {
    argv: [path, ...request.brief.command.slice(1).map((each) => each.replaceAll('{prompt}', () => prompt))],
    env: {
      ...agentEnvironment(request.env, () => false),
      ...(Buffer.byteLength(prompt) <= VARIABLE_MAX && { WORKTRAIN_PROMPT: prompt }),
      WORKTRAIN_PROMPT_FILE: files.prompt,
      WORKTRAIN_HANDOFF: files.handoff,
    },
    writable: [files.out],
    readable: [
      ...(isAbsolute(path) ? [dirname(path)] : []),
      ...scriptsOf(request.brief.command),
      files.prompt,
    ],
    unguarded: null,
    conversation: null,
  }
}

/** Directories of the files its arguments name: `node /tmp/tool/main.js` needs what lies beside main.js. */
function scriptsOf(argv: readonly string[]): string[] {
  return argv
    .slice(1)
    .filter((each) => isAbsolute(each) && statSync(each, { throwIfNoEntry: false })?.isFile())
    .map((each) => dirname(each))
}

function interpretCommand(record: HostRecord): Meaning[] {
  if (record.kind === 'started') {
    const activity = { state: 'working', source: 'process', at: record.at, evidence: 'it runs' } as const
    return [{ kind: 'activity', activity, background: 0 }]
  }
  if (record.kind === 'title') {
    const evidence = `its title says: ${record.title}`
    return [
      {
        kind: 'activity',
        activity: { state: 'working', source: 'screen', at: record.at, evidence },
        background: 0,
      },
    ]
  }
  if (record.kind !== 'exit') return []
  const how = record.signal ?? `exit ${record.code}`
  const state = record.code === 0 ? 'idle' : 'failing'
  const activity = { state, source: 'process', at: record.at, evidence: `it ended: ${how}` } as const
  return [
    { kind: 'activity', activity, background: 0 },
    { kind: 'session-ended', reason: how },
  ]
}

/** Text, then Enter. Without bracketed paste a line break would be an Enter: such a text is not typed. */
function commandKeys(text: string, terminal: { bracketedPaste: boolean }): string[] | null {
  // oxlint-disable-next-line no-control-regex
  const clean = text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  const body = clean.trimEnd()
  if (terminal.bracketedPaste) return [`\u001b[200~${body.replaceAll('\n', '\r')}\u001b[201~`, '\r']
  return body.includes('\n') ? null : [body, '\r']
}

/** The report the command left; null: none, or not one. */
async function readReport(context: ObserveContext): Promise<HandoffClaims | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(commandFiles(context.stateDir).handoff, flags).catch(
    (error: NodeJS.ErrnoException) => {
      // ELOOP: a link, which could lead anywhere. ENXIO: a socket.
      if (['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR'].includes(error.code ?? '')) return null
      throw error
    },
  )
  if (!file) return null
  try {
    const stat = await file.stat()
    if (!stat.isFile() || stat.size > HANDOFF_MAX) return null
    const text = await file.readFile('utf8')
    return readHandoff(text) ?? parseHandoff(text)
  } finally {
    await file.close()
  }
}
