/** Which program does the rehearsal's work. */
import { pathsFrom } from '../platform/paths.ts'
import { WorktrainError, toErrorBody } from '../protocol/errors.ts'
import { findOrFetchClaude } from './fetch-claude.ts'
import type { ClaudeProgram, FetchProgress } from './fetch-claude.ts'
import { wrap } from './lines.ts'
import type { Look } from './lines.ts'
import type { Screen } from './screen.ts'

interface Choice {
  env: Record<string, string | undefined>
  look: Look
  options: { noFetch?: boolean; agent?: 'claude' | 'scripted' }
}

/**
 * Claude Code, fetched where it is not installed; or why not.
 * @throws AGENT_NOT_INSTALLED, FETCH_FAILED when Claude Code alone was asked for
 */
export async function chooseAgent(
  { env, options, look }: Choice,
  screen: Screen,
  signal: AbortSignal,
): Promise<{ claude: ClaudeProgram | null; why: string | null }> {
  if (options.agent === 'scripted') return { claude: null, why: 'you asked for it' }
  try {
    const claude = await findOrFetchClaude({
      cacheDir: pathsFrom(env).cache,
      env,
      allowFetch: options.noFetch !== true,
      onProgress: fetchTeller(screen, look),
      signal,
    })
    screen.draw([])
    if (claude) return { claude, why: null }
    if (options.agent !== 'claude')
      return { claude: null, why: 'Claude Code is not installed and --no-fetch declined it' }
  } catch (error) {
    screen.draw([])
    if (options.agent === 'claude' || signal.aborted) throw error
    return { claude: null, why: toErrorBody(error).message }
  }
  throw new WorktrainError('AGENT_NOT_INSTALLED', 'Claude Code is not installed, and --no-fetch declined it.')
}

/** Tells of a fetch: redrawn in place in a terminal, else a line for every quarter. */
function fetchTeller(screen: Screen, look: Look): (progress: FetchProgress) => void {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
  let quarters = 0
  return (progress) => {
    switch (progress.stage) {
      case 'passed-over':
        return screen.say(`${progress.path} is Claude Code ${progress.version}: too old, passed over.`)
      case 'announced': {
        const { package: name, version, bytes, into, licence } = progress
        const text = `Claude Code is not installed. Fetching ${name} ${version} with your npm: ${megabytes(bytes)} unpacked, into ${into}. Licence: ${licence}. (--no-fetch declines.)`
        return screen.say(wrap(text, look.width).join('\n'))
      }
      case 'waiting':
        return screen.say(`Another process (${progress.pid}) is fetching Claude Code; waiting for it.`)
      case 'fetching': {
        const text = `${megabytes(progress.bytes)} of ${megabytes(progress.total)}`
        if (screen.live) return screen.draw([look.paint('dim', text)])
        const now = Math.floor((4 * progress.bytes) / progress.total)
        if (now > quarters) screen.say(text)
        quarters = now
        return
      }
      case 'checking':
        return screen.draw([look.paint('dim', 'checking that it runs')])
    }
  }
}
