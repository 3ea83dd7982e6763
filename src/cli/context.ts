/** What every command gets: where it runs, where it writes, how it reaches the supervisor. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '../client/api.ts'
import { pathsFrom } from '../platform/paths.ts'
import type { Paths } from '../platform/paths.ts'
import type { Outputs, Procedure } from '../protocol/api.ts'
import { BUILT, VERSION } from '../protocol/version.ts'
import { type Look, lookOf } from '../terminal/look.ts'

export interface Context {
  env: Record<string, string | undefined>
  cwd: string
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  paths: Paths
  look: Look
  /** Print the API's output instead of text. */
  json: boolean
  /** The directory named by --repo, else the current one. Absolute. */
  directory: string
  /** Top of the work tree that {@link Context.directory} is in; null: it is in none. */
  root: string | null
  now: () => number
  /** Prints lines for the person. */
  say: (text: string) => void
  /** Prints the API's output with --json, else what `render` makes of it. */
  show: <P extends Procedure>(output: Outputs[P], render: (output: Outputs[P], look: Look) => string) => void
  /** The supervisor, started if need be. */
  supervisor: () => Promise<Client>
}

export interface Machine {
  env: Record<string, string | undefined>
  cwd: string
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

export function createContext(machine: Machine, options: { json?: boolean; repo?: string }): Context {
  const { env, stdout, stderr } = machine
  const directory = resolve(machine.cwd, options.repo ?? '.')
  const paths = pathsFrom(env)
  const look = lookOf(env, stdout)
  const json = options.json ?? false
  const say = (text: string): void =>
    void stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  let client: Promise<Client> | null = null
  return {
    ...machine,
    paths,
    look,
    json,
    directory,
    root: workTreeOf(directory),
    now: Date.now,
    say,
    show: (output, render) => say(json ? JSON.stringify(output, null, 2) : render(output, look)),
    supervisor: () =>
      (client ??= openSupervisor({ env, paths }, () => {
        if (stderr.isTTY) stderr.write('worktrain: starting the supervisor…\n')
      })),
  }
}

/** Nearest directory upwards that holds `.git`. The supervisor decides whether it really is a repository. */
export function workTreeOf(directory: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (dirname(at) === at) return null
  }
}

/** A program of this build: `dist/NAME.js`, or its source when this file runs from source. */
export function besides(name: string): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts') ? join(dirname(here), '..', name, 'main.ts') : join(dirname(here), `${name}.js`)
}

/** A client of the supervisor, which is started if need be. @param onStart told when it is */
export async function openSupervisor(
  { env, paths }: Pick<Context, 'env' | 'paths'>,
  onStart: () => void,
): Promise<Client> {
  const { ensureSupervisor } = await import('../client/supervisor.ts')
  return ensureSupervisor({
    paths,
    env,
    spawn: { node: process.execPath, entry: besides('supervisor') },
    version: VERSION,
    built: BUILT,
    via: 'cli',
    onStart,
  })
}
