/** The throw-away place of a rehearsal: the sample repository, a home and Worktrain's own files, all in one directory. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { pathsFrom } from '../platform/paths.ts'
import { WorktrainError } from '../protocol/errors.ts'
import { makeSampleRepository } from './sample/repository.ts'

type Env = Record<string, string | undefined>

export interface Place {
  directory: string
  /** The sample repository; what is left of a rehearsal. */
  repository: string
  home: string
  /** WORKTRAIN_HOME. */
  worktrain: string
  /** The first commit of the rehearsal. */
  base: string
}

/** Of the person's environment: what the sample's tests need to find Node and npm, and nothing that could reach an account. */
const KEPT = /^(PATH|USER|LOGNAME|SHELL|TZ|VOLTA_\w+|NVM_\w+|FNM_\w+|ASDF_\w+|MISE_\w+|NODENV_\w+|N_PREFIX)$/

/**
 * @param wanted directory that does not exist or is empty; absent: a new one in the cache. Not below /tmp:
 *   there, each session has a private one
 * @throws DIRECTORY_EXISTS when it holds something, GIT_FAILED
 */
export async function makePlace(wanted: string | undefined, env: Env): Promise<Place> {
  const directory = wanted === undefined ? inCache(env) : claim(wanted)
  const place = {
    directory,
    repository: join(directory, 'shop'),
    home: join(directory, 'home'),
    worktrain: join(directory, 'worktrain'),
  }
  mkdirSync(place.home, { mode: 0o700 })
  writeFileSync(
    join(place.home, '.gitconfig'),
    '[user]\n\tname = Scripted agent\n\temail = agent@lantern.example\n',
  )
  return { ...place, base: await makeSampleRepository(place.repository, env) }
}

function inCache(env: Env): string {
  const rehearsals = join(pathsFrom(env).cache, 'rehearsals')
  mkdirSync(rehearsals, { recursive: true })
  return mkdtempSync(join(realpathSync(rehearsals), `${new Date().toISOString().slice(0, 10)}-`))
}

function claim(wanted: string): string {
  mkdirSync(wanted, { recursive: true })
  if (readdirSync(wanted).length > 0) {
    throw new WorktrainError('DIRECTORY_EXISTS', `${wanted} is not empty.`, {
      hint: 'Name a directory that does not exist yet, or is empty.',
    })
  }
  return realpathSync(wanted)
}

/**
 * The whole environment of the rehearsal's own supervisor, and so of its agents.
 * @param model the scripted model server and the agent that speaks to it; null: no such agent
 * @param node program that must be found as `node`
 */
export function supervisorEnv(
  place: Place,
  env: Env,
  node: string,
  model: { url: string; claude: string } | null,
): Env {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => KEPT.test(name)))
  return {
    ...kept,
    PATH: [dirname(node), env['PATH']].filter(Boolean).join(delimiter),
    HOME: place.home,
    LANG: 'C.UTF-8',
    WORKTRAIN_HOME: place.worktrain,
    ...(model && {
      WORKTRAIN_CLAUDE: model.claude,
      ANTHROPIC_BASE_URL: model.url,
      // No account: the scripted server takes any key.
      ANTHROPIC_API_KEY: 'rehearsal',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
  }
}

/** Removes all but the repository. */
export function tidy(place: Place): void {
  for (const path of [place.home, place.worktrain, `${place.repository}.worktrees`])
    rmSync(path, { recursive: true, force: true })
}
