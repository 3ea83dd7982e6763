/** What a verdict depends on besides the tree: tools, settings, walls. A verdict counts only for the same. */
import { mkdirSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { join } from 'node:path'
import { contentHash } from '../../partition/index.ts'
import { detectTools } from '../../partition/detect.ts'
import type { RunCheck } from '../../train/ports.ts'
import { removeScratch } from '../../train/checks/scratch.ts'
import { probeRung } from '../../walls/index.ts'
import { checkRunner } from './checks.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { commandEnv, probeOptions } from '../session/workspaces.ts'

export interface Environment {
  /** The same for the same lines. */
  hash: string
  /** For the person: what is hashed, `name: value`. */
  lines: string[]
}

/** So long nobody asks the tools again, ms. */
const KEEP = 60_000
/** A tool that takes longer says nothing new, ms. */
const PATIENCE = 30_000
/** Of what a tool prints, bytes. */
const ANSWER_MAX = 16 * 1024

/**
 * What the tools answer, each asked in an empty directory in the cell of a check: what a repository holds
 * (a pinned tool, a plugin) belongs to the tree, and must not run outside of walls.
 * @param options.directory a new path each time; nothing is left of it
 */
export function askTools(options: {
  run: RunCheck
  directory: () => string
  now: () => number
}): (commands: readonly string[], signal: AbortSignal) => Promise<string[]> {
  /** The newest answer to each command. */
  const known = new Map<string, { at: number; answer: Promise<string> }>()

  async function ask(
    command: string,
    before: Promise<string> | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const directory = options.directory()
    const cwd = join(directory, 'work')
    mkdirSync(cwd, { recursive: true, mode: 0o700 })
    const printed: Uint8Array[] = []
    let size = 0
    try {
      const ended = await options.run({
        command,
        cwd,
        log: '',
        timeoutMs: PATIENCE,
        memoryBytes: null,
        signal,
        onOutput: (chunk) => {
          if (size < ANSWER_MAX) printed.push(chunk)
          size += chunk.length
        },
      })
      // A busy machine is no other environment.
      if (ended.timedOut || signal.aborted) return (await before) ?? 'no answer'
      const text = Buffer.concat(printed).subarray(0, ANSWER_MAX).toString().trim()
      return ended.exit === 0 ? text : `exit ${ended.exit ?? ended.signal}`
    } finally {
      removeScratch(directory)
    }
  }

  return async (commands, signal) => {
    const answers: string[] = []
    // One after another: they are asked beside the checks.
    for (const command of commands) {
      const last = known.get(command)
      if (!last || options.now() - last.at >= KEEP) {
        const answer = ask(command, last?.answer, signal)
        known.set(command, { at: options.now(), answer })
        // Not to be asked is no answer to keep.
        answer.catch(() => known.delete(command))
      }
      answers.push((await known.get(command)?.answer) ?? '')
    }
    return answers
  }
}

/**
 * @param current the repository as it is configured now
 * @returns the environment of now: settings as they are, tools as they were at most a minute ago
 */
export function environmentOf(
  ctx: Context,
  current: () => Promise<RepositoryContext>,
  stateDir: string,
): () => Promise<Environment> {
  const ask = askTools({
    run: checkRunner(ctx, current),
    directory: () => join(stateDir, 'tools', ctx.id('t')),
    now: ctx.now,
  })
  return async () => {
    const repo = await current()
    const { rung } = await probeRung(probeOptions(ctx, repo))
    const tools = repo.config['train.tools'] ?? detectTools(await repo.own.names())
    const answers = await ask(tools, ctx.stopping)
    const variables = commandEnv(ctx)
    const { config } = repo
    return fingerprint([
      ['system', `${platform()} ${arch()} ${release()}`],
      ['walls', rung],
      ...(['writable', 'readable', 'hidden'] as const).flatMap((name) =>
        config[`cell.${name}`].map((path): Line => [`cell.${name}`, path]),
      ),
      ...['LANG', 'LC_ALL', 'TZ'].flatMap((name) =>
        variables[name] ? [[name, variables[name]] as Line] : [],
      ),
      ...repo.trainSetup().map((command): Line => ['setup', command]),
      ['checks', contentHash(config.checks).slice(0, 16)],
      ...tools.map((command, index): Line => [command, answers[index] ?? '']),
    ])
  }
}

type Line = readonly [name: string, value: string]

/** Pure. */
export function fingerprint(lines: readonly Line[]): Environment {
  return {
    hash: contentHash(lines).slice(0, 16),
    lines: lines.map(([name, value]) => `${name}: ${value}`),
  }
}
