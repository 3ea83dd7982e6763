/** Rehearses the product's job on a sample repository, without any model: `worktrain rehearse`. */
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'
import { ensureSupervisor } from '../client/supervisor.ts'
import type { Client } from '../client/api.ts'
import { pathsFrom } from '../platform/paths.ts'
import { toErrorBody } from '../protocol/errors.ts'
import { BUILT } from '../protocol/version.ts'
import { cleanUp, conduct, shutDown, sweep } from './conduct.ts'
import type { Sessions } from './conduct.ts'
import { chooseAgent } from './choose-agent.ts'
import { lookUp } from './findings.ts'
import { drawLine, lineOf, wrap } from './lines.ts'
import type { Look } from './lines.ts'
import { startModelServer } from './model-server/index.ts'
import type { ModelServer } from './model-server/index.ts'
import { makePlace, supervisorEnv, tidy } from './place.ts'
import type { Place } from './place.ts'
import { Screen } from './screen.ts'
import type { Output } from './screen.ts'
import { BEGINNING } from './story.ts'
import type { Story } from './story.ts'
import { drawSummary, held } from './summary.ts'
import type { SummaryInput } from './summary.ts'
import { drawTable } from './table.ts'
import { WEEK, weekScenarios } from './week/index.ts'

export interface RehearseRequest {
  /** The person's own environment. */
  env: Record<string, string | undefined>
  out: Output
  /** `out` is a terminal that can be drawn in. */
  isTTY: boolean
  look: Look
  /** Node, and the program of the supervisor. */
  spawn: { node: string; entry: string }
  version: string
  options: {
    /** Do not fetch Claude Code where it is not installed. */
    noFetch?: boolean
    /** `scripted`: the built-in scripted agent. Default: Claude Code where it is to be had. */
    agent?: 'claude' | 'scripted'
    /** Keep Worktrain's own files and the trash as well. */
    keep?: boolean
    /** Print the findings as JSON, and nothing else. */
    json?: boolean
    /** Where; must not exist or be empty. Default: a new directory among the temporary files. */
    dir?: string
    /** Factor on every wait of the scripts. Default 1. */
    pace?: number
  }
}

/** How often the table counts the seconds, ms. */
const REDRAW_MS = 200

/**
 * @returns 0 when everything that was meant to happen did, else 1
 * @throws DIRECTORY_EXISTS, GIT_FAILED, SUPERVISOR_UNREACHABLE, AGENT_NOT_INSTALLED (agent `claude` declined or not to be had)
 */
export async function rehearse(request: RehearseRequest): Promise<number> {
  const interrupt = new AbortController()
  const onSignal = (): void => interrupt.abort()
  for (const name of SIGNALS) process.on(name, onSignal)
  try {
    return await rehearseUntil(request, interrupt.signal)
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function rehearseUntil(request: RehearseRequest, signal: AbortSignal): Promise<number> {
  const { env, out, look, options, spawn } = request
  const quiet = options.json === true
  const screen = new Screen(quiet ? { write: () => {} } : out, request.isTTY && !quiet)
  const say = (text: string): void => screen.say(text)
  const startedAt = Date.now()
  const { claude, why } = await chooseAgent(request, screen, signal)
  const agent = claude ? `Claude Code ${claude.version}` : 'the built-in scripted agent'
  const pace = options.pace ?? 1

  const place = await makePlace(options.dir, env)
  let model: ModelServer | null = null
  let client: Client | null = null
  let down = false
  try {
    if (claude)
      model = await startModelServer({ scenarios: weekScenarios(place.repository, pace), control: false })
    say(introduction(agent, why, model, place.repository, look))
    const own = supervisorEnv(
      place,
      env,
      spawn.node,
      model && claude && { url: model.url, claude: claude.path },
    )
    client = await ensureSupervisor({
      paths: pathsFrom(own),
      env: own,
      spawn,
      version: request.version,
      built: BUILT,
      via: 'rehearsal',
    })

    const sessions = plan(claude ? null : { ...spawn, root: place.repository, pace })
    const { story, stuck } = await follow(client, place.repository, sessions, {
      screen,
      look,
      startedAt,
      signal,
    })
    screen.draw([look.paint('dim', 'removing the workspaces, then checking with plain git')])
    const cleaned = await cleanUp(client, place.repository)
    await shutDown(client)
    const survivors = sweep(place.home)
    down = true
    const findings = await lookUp(place, own, story, claude !== null)
    const left = [
      ...cleaned.left,
      ...(survivors > 0 ? [`${survivors} of its processes had to be killed`] : []),
    ]
    screen.draw([])
    const result = { findings, stuck, left }
    const keptAll = options.keep === true || !held(result)
    if (!keptAll) tidy(place)
    const input: SummaryInput = {
      ...result,
      story,
      agent,
      insteadWhy: why,
      protectedFirst: cleaned.protectedFirst,
      repository: place.repository,
      directory: place.directory,
      keptAll,
      totalMs: Date.now() - startedAt,
    }
    if (quiet) out.write(`${JSON.stringify({ held: held(result), ...input }, null, 2)}\n`)
    else say(`\n${drawSummary(input, look)}`)
    return held(result) ? 0 : 1
  } finally {
    screen.end()
    // Sessions first: a supervisor that ends leaves them running.
    if (client && !down) await abandon(client, place, say)
    await model?.close()
  }
}

function introduction(
  agent: string,
  why: string | null,
  model: ModelServer | null,
  repository: string,
  look: Look,
): string {
  const how = model
    ? `No model is called: ${agent} is real, and talks to a scripted model server on this machine (${model.url}). No account, no network.`
    : `No model is called: ${agent} does the work, because ${why}.`
  const title = look.paint(
    'bold',
    'Rehearsal: four changes to a small shop, in parallel, to one tested main.',
  )
  return [title, ...wrap(how, look.width), `The shop: ${repository}`, ''].join('\n')
}

/** The plan as a person would write it. */
function plan(scripted: { node: string; entry: string; root: string; pace: number } | null): Sessions {
  return WEEK.map(({ brief }) => ({
    ...brief,
    ...(scripted
      ? {
          agent: 'command',
          command: [
            scripted.node,
            scriptedAgent(scripted.entry),
            brief.name,
            scripted.root,
            String(scripted.pace),
          ],
        }
      : { agent: 'claude', permissionMode: 'acceptEdits' }),
  }))
}

/** Beside the supervisor in `dist`, or the source when that runs from source. */
function scriptedAgent(supervisor: string): string {
  if (supervisor.endsWith('.js')) return join(dirname(supervisor), 'scripted-agent.js')
  return join(dirname(fileURLToPath(import.meta.url)), 'scripted-agent.ts')
}

async function follow(
  client: Client,
  repository: string,
  sessions: Sessions,
  { screen, look, startedAt, signal }: { screen: Screen; look: Look; startedAt: number; signal: AbortSignal },
): Promise<{ story: Story; stuck: string | null }> {
  let story = BEGINNING
  const redraw = (): void => screen.draw(drawTable(story, startedAt, Date.now(), look))
  const ticking = screen.live ? setInterval(redraw, REDRAW_MS) : undefined
  try {
    return await conduct(client, repository, sessions, {
      signal,
      onEvent: (before, event) => {
        const line = lineOf(before, event)
        if (line && (line.lasting || !screen.live))
          screen.say(drawLine(line, event.at - startedAt, screen.live ? look : { ...look, width: 0 }))
      },
      onStory: (after) => {
        story = after
        if (screen.live) redraw()
      },
    })
  } finally {
    clearInterval(ticking)
    screen.draw([])
  }
}

/** After an error: leaves no process behind, and says where the rest is. */
async function abandon(client: Client, place: Place, say: (text: string) => void): Promise<void> {
  try {
    await cleanUp(client, place.repository)
    await shutDown(client)
  } catch (error) {
    say(`The rehearsal's sessions could not be ended: ${toErrorBody(error).message}`)
  }
  sweep(place.home)
  say(`Everything is kept in ${place.directory}.`)
}
