/** Starts a session's process: agent files, cell, host. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { agentFor } from '../../agents/index.ts'
import type { LaunchPlan } from '../../agents/agent.ts'
import { DOOR_VARIABLE, doorSocket, newToken, sessionToken } from '../../platform/access.ts'
import { SESSION_MARKER } from '../../platform/end.ts'
import { makePrivateDirectory } from '../../platform/files.ts'
import {
  HOST_PROTOCOL,
  type GuardPolicy,
  type HostNews,
  type HostSpec,
  WorktrainError,
} from '../../protocol/index.ts'
import type { QueuedPrompt } from '../../sessions/state.ts'
import { buildCell, probeRung } from '../../walls/index.ts'
import { rulesFor } from './approvals.ts'
import { firstPrompt } from './brief.ts'
import { guardPolicy } from './guarding.ts'
import { type Context, sessionEvent, sessionState, tell } from '../context.ts'
import type { Hosts } from './hosts.ts'
import type { RepositoryContext } from '../repositories.ts'
import { cellSpec, gitPaths, probeOptions, tempDirOf } from './workspaces.ts'

/** A terminal of this size is what an agent gets before anyone attaches. */
const COLS = 120
const ROWS = 40
/** Lines of scrollback and bytes of raw log (facts/terminal 3.2, 3.4). */
const SCROLLBACK = 5000
const RAW_LOG_CAP = 32 * 1024 * 1024
/** Another process may take the hook port between our look and the host's bind: then once more. */
const PORT_TRIES = 3

/**
 * Starts the next process of a session: the first one with the brief, a later one continuing the
 * conversation. Call it within the session's order.
 * @param prompt what to tell it; null: the brief (first process) or nothing
 */
export async function launch(
  ctx: Context,
  repo: RepositoryContext,
  hosts: Hosts,
  id: string,
  prompt: QueuedPrompt | null,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await launchOnce(ctx, repo, hosts, id, prompt)
      return
    } catch (error) {
      const taken = error instanceof WorktrainError && error.message.includes('EADDRINUSE')
      const state = await sessionState(ctx, id)
      if (state.process.state === 'starting') {
        // A host that died had perhaps started its program: two of one session must never run.
        await hosts.sweep(id)
        const why = error instanceof Error ? error.message : String(error)
        await tell(
          ctx,
          id,
          'process.lost',
          { generation: state.process.generation, why },
          { cause: 'launch' },
        )
      }
      if (!taken || attempt === PORT_TRIES) throw error
      ctx.log.warn('the hook port was taken; trying another', { session: id })
    }
  }
}

async function launchOnce(
  ctx: Context,
  repo: RepositoryContext,
  hosts: Hosts,
  id: string,
  prompt: QueuedPrompt | null,
): Promise<void> {
  const s = await sessionState(ctx, id)
  const made = s.workspace.made
  if (!made) throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no workspace yet.`)
  const agent = agentFor(s.brief.agent)
  const installation = await agent.find(s.brief, ctx.env)
  if (!installation) throw new WorktrainError('AGENT_NOT_INSTALLED', `${agent.title} is not installed.`)

  await ctx.freshLogin(s.brief)

  const stateDir = ctx.paths.sessionState(id)
  const tempDir = tempDirOf(ctx, id)
  const runDir = ctx.paths.sessionRun(id)
  for (const dir of [stateDir, tempDir, join(ctx.paths.run, 's'), runDir]) makePrivateDirectory(dir)

  const generation = s.process.generation + 1
  const first = !s.process.everRan
  const probe = await probeRung(probeOptions(ctx, repo))
  const walled = probe.tools !== null
  const hooks = agent.hooks ? { port: await freePort(), token: newToken() } : null
  const conversation = agent.resumable
    ? { id: s.conversation?.id ?? ctx.uuid(), resume: s.process.everRan && s.conversation !== null }
    : null
  const plan = await agent.prepare({
    session: id,
    name: s.name,
    generation,
    brief: s.brief,
    workspace: made.path,
    repositoryRoot: repo.repository.root,
    stateDir,
    tempDir,
    prompt: prompt
      ? prompt.text
      : first
        ? firstPrompt(s, repo.target, repo.config.owns, agent.handoffRequest)
        : null,
    conversation,
    hooks,
    approvals: await rulesFor(ctx, s),
    env: ctx.env,
    installation,
    walled,
  })
  const shared = gitPaths(repo, s)
  const spec = cellSpec(ctx, repo, {
    session: id,
    workspace: made.path,
    tempDir,
    writable: [...plan.writable, ...shared.writable],
    readable: plan.readable,
    protect: shared.protect,
    contested: shared.contested,
    hidden: shared.hidden,
    door: ctx.paths.door,
  })
  const cell = await buildCell(spec, { argv: plan.argv, env: ctx.env, cwd: made.path, probe })
  writeFileSync(
    join(stateDir, 'cell.json'),
    JSON.stringify({ rung: cell.rung, why: cell.why, spec: { ...spec, hidden: cell.hidden } }, null, 1),
    { mode: 0o600 },
  )
  mkdirSync(tempDir, { recursive: true })

  await ctx.journal.append([
    sessionEvent(
      id,
      'process.launching',
      {
        generation,
        conversation: plan.conversation,
        headless: s.brief.headless,
        rung: cell.rung,
        rungWhy: cell.why,
        ...(prompt ? { prompt } : {}),
        ...(plan.unguarded !== null ? { unguarded: plan.unguarded } : {}),
      },
      { cause: prompt ? `prompt:${prompt.prompt}` : 'brief' },
    ),
    ...(prompt
      ? [
          sessionEvent(
            id,
            'prompt.sent',
            { prompt: prompt.prompt, text: prompt.text, from: prompt.from },
            { cause: 'launch' },
          ),
        ]
      : first
        ? [
            sessionEvent(
              id,
              'prompt.sent',
              { prompt: null, text: s.brief.goal, from: 'brief' },
              { cause: 'launch' },
            ),
          ]
        : []),
  ])
  await hosts.start(
    hostSpec({
      id,
      generation,
      plan,
      cell,
      cwd: made.path,
      runDir,
      stateDir,
      token: sessionToken(ctx.token, id),
      door: doorSocket(ctx.paths.door),
      hooks,
      guard: guardPolicy(ctx, repo, s, { plan, cell, spec }),
      news: hooks && s.news && !s.news.told ? { main: s.news.main, text: s.news.text } : null,
    }),
  )
}

function hostSpec(options: {
  id: string
  generation: number
  plan: LaunchPlan
  cell: { argv: string[]; env: Record<string, string> }
  cwd: string
  runDir: string
  stateDir: string
  token: string
  door: string
  hooks: { port: number; token: string } | null
  guard: GuardPolicy
  news: HostNews | null
}): HostSpec {
  return {
    protocol: HOST_PROTOCOL,
    session: options.id,
    generation: options.generation,
    argv: options.cell.argv,
    env: {
      ...options.plan.env,
      ...options.cell.env,
      [SESSION_MARKER]: options.id,
      WORKTRAIN_TOKEN: options.token,
      [DOOR_VARIABLE]: options.door,
    },
    cwd: options.cwd,
    cols: COLS,
    rows: ROWS,
    scrollback: SCROLLBACK,
    runDir: options.runDir,
    token: newToken(),
    stateDir: options.stateDir,
    rawLogCap: RAW_LOG_CAP,
    hooks: options.hooks,
    guard: options.guard,
    ...(options.news ? { news: options.news } : {}),
  }
}

/** A loopback port that is free now; the host binds it a moment later. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
