/** A repository as the supervisor works with it: where it is, its target, its configuration. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listRefs, openRepository, targetBranch, type Repository } from '../git/index.ts'
import { realpathOfNew } from '../platform/files.ts'
import { type Actor, type CheckSpec, plainCheck, WorktrainError } from '../protocol/index.ts'
import { shellQuoted } from '../protocol/shell-quote.ts'
import type { ConfigValues } from '../partition/index.ts'
import { loadConfig, type LoadedConfig } from './config.ts'
import { configuredPaths } from '../walls/index.ts'
import { allSessions, type Context } from './context.ts'
import { type OwnFiles, ownFiles } from './own-files.ts'
import { repositoryProjection, type RepositoryState } from './registry.ts'

export interface RepositoryContext {
  repository: Repository
  /** Its files at the top, whatever the main checkout shows. */
  own: OwnFiles
  target: string
  workspacesDir: string
  /** What is in force: nothing of the repository's that was not trusted. */
  config: ConfigValues
  loaded: LoadedConfig
  /** The configured checks, else the repository's own test command. @throws UNTRUSTED, USAGE when there is none */
  checks: () => string[]
  /** What is configured about a check, whoever asked for it. */
  specOf: (command: string) => CheckSpec
  /** Commands that make a fresh workspace ready for the checks. */
  trainSetup: () => string[]
  /** @throws UNTRUSTED when executable configuration from the repository was not trusted in this very form */
  requireTrust: () => void
}

export class Repositories {
  readonly #ctx: Context
  /** As last opened without an error, by id. */
  readonly #opened = new Map<string, RepositoryContext>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** From a directory of the person's. @throws REPO_NOT_FOUND, REPO_BARE, REPO_EMPTY, REPO_MOVED, TARGET_UNKNOWN */
  async open(directory: string): Promise<RepositoryContext> {
    const ctx = this.#ctx
    const repository = await this.identify(directory)
    const known = await ctx.journal.get(repositoryProjection, repository.id)
    const context = await this.#context(repository)
    if (!known) {
      const { root, commonDir } = repository
      await ctx.journal.append([
        {
          aggregate: 'repository',
          id: repository.id,
          type: 'repository.registered',
          data: { root, commonDir, target: context.target },
          actor: { kind: 'supervisor', pid: process.pid },
          cause: 'open',
        },
      ])
    }
    return context
  }

  /**
   * Which repository a directory belongs to. Reads no configuration: what only looks at sessions, or ends
   * them, works with a broken one as well.
   * @throws REPO_NOT_FOUND, REPO_BARE, REPO_EMPTY, REPO_MOVED
   */
  async identify(directory: string): Promise<Repository> {
    const repository = await openRepository(directory)
    const known = await this.#ctx.journal.get(repositoryProjection, repository.id)
    if (!known) await this.#refuseMoved(repository)
    return repository
  }

  /**
   * For what goes on by itself. A configuration that was broken meanwhile must not keep work from being
   * saved: what was in force before holds, except that it runs none of the commands.
   * @throws REPO_MOVED when it is no longer where it was
   */
  async byId(id: string): Promise<RepositoryContext> {
    const stored = await this.#ctx.journal.get<RepositoryState>(repositoryProjection, id)
    if (!stored) throw new WorktrainError('REPO_NOT_FOUND', `No repository with id ${id} is known.`)
    const { root, commonDir } = stored.state
    if (!existsSync(commonDir)) throw moved(root, null)
    try {
      return await this.#context({ root, commonDir, id })
    } catch (error) {
      const before = this.#opened.get(id)
      const broken =
        error instanceof WorktrainError && ['CONFIG_INVALID', 'TARGET_UNKNOWN'].includes(error.code)
      if (!broken || !before) throw error
      const refuse = (): never => {
        throw error
      }
      return { ...before, requireTrust: refuse, checks: refuse, trainSetup: refuse }
    }
  }

  async roots(): Promise<Map<string, string>> {
    const rows = await this.#ctx.journal.list<RepositoryState>(repositoryProjection)
    return new Map(rows.map((row) => [row.id, row.state.root]))
  }

  async trust(context: RepositoryContext, actor: Actor): Promise<void> {
    const { hash, commands } = context.loaded.executable
    await this.#ctx.journal.append([
      {
        aggregate: 'repository',
        id: context.repository.id,
        type: 'repository.trusted',
        data: { hash, commands },
        actor,
        cause: 'trust',
      },
    ])
  }

  async #context(repository: Repository): Promise<RepositoryContext> {
    const own = await ownFiles(this.#ctx.journal, repository)
    const isTrusted = async (hash: string) => {
      const stored = await this.#ctx.journal.get<RepositoryState>(repositoryProjection, repository.id)
      return stored?.state.trusted.includes(hash) ?? false
    }
    const loaded = await loadConfig(repository, this.#ctx.paths.config, isTrusted, own)
    const { values } = loaded
    const target = await targetBranch(repository, values.target ?? undefined, own.branch)
    const beside = join(dirname(repository.root), `${basename(repository.root)}.worktrees`)
    const workspacesDir = real(values['workspaces.directory'] ?? beside)
    Object.assign(values, this.#cellPaths(values, repository, workspacesDir))
    const context: RepositoryContext = {
      repository,
      own,
      target,
      workspacesDir,
      config: values,
      loaded,
      requireTrust: () => {
        if (loaded.trusted) return
        throw new WorktrainError(
          'UNTRUSTED',
          'The configuration of this repository wants to run commands that you have not trusted.',
          {
            details: { commands: loaded.executable.commands },
          },
        )
      },
      checks: () => {
        context.requireTrust()
        if (values.checks.length > 0) return values.checks.map(({ run }) => run)
        if (loaded.detected.checks.length > 0) return loaded.detected.checks
        throw new WorktrainError('USAGE', 'No checks are known for this repository, so nothing can land.', {
          hint: 'Write `checks = ["COMMAND"]` in .worktrain.toml, or give --check COMMAND to `worktrain run`.',
        })
      },
      specOf: (command) => values.checks.find(({ run }) => run === command) ?? plainCheck(command),
      trainSetup: () => (values.setup.length > 0 ? values.setup : loaded.detected.setup),
    }
    this.#opened.set(repository.id, context)
    return context
  }

  /** The paths that the configuration opens or closes, absolute. @throws CONFIG_INVALID when one undoes a wall */
  #cellPaths(
    values: ConfigValues,
    { root, commonDir }: Repository,
    workspaces: string,
  ): Pick<ConfigValues, 'cell.writable' | 'cell.readable' | 'cell.hidden'> {
    const { paths, env } = this.#ctx
    const { writable, readable, hidden } = configuredPaths(
      {
        writable: values['cell.writable'],
        readable: values['cell.readable'],
        hidden: values['cell.hidden'],
      },
      {
        home: env.HOME,
        own: [paths.state, paths.run, paths.config, paths.cache],
        repository: [root, commonDir],
        workspaces,
      },
    )
    return { 'cell.writable': writable, 'cell.readable': readable, 'cell.hidden': hidden }
  }

  /** A repository that carries our refs but stands where none is registered was moved, or copied. */
  async #refuseMoved(repository: Repository): Promise<void> {
    const ours = new Set((await listRefs(repository, 'refs/worktrain/base/')).map((r) => basename(r.name)))
    if (ours.size === 0) return
    const sessions = (await allSessions(this.#ctx)).filter((s) => ours.has(s.id) && !s.purged)
    const homes = new Set(sessions.map((s) => s.repository))
    const rows = await this.#ctx.journal.list<RepositoryState>(repositoryProjection)
    const from = rows.find((row) => homes.has(row.id) && !existsSync(row.state.commonDir))
    if (from) throw moved(from.state.root, repository.root)
  }
}

/** A workspace reached through a link could never be told from one that was swapped for a link. */
function real(directory: string): string {
  try {
    return realpathOfNew(directory)
  } catch {
    // A link to nowhere: making a workspace there says so, and everything else goes on.
    return directory
  }
}

function moved(from: string, to: string | null): WorktrainError {
  const where = to ? `was at ${from} and is at ${to} now` : `was at ${from} and is not there any more`
  return new WorktrainError('REPO_MOVED', `The repository ${where}; its sessions borrow objects by path.`, {
    hint: to ? `Move it back: mv ${shellQuoted(to)} ${shellQuoted(from)}` : `Move it back to ${from}.`,
    details: { from, to },
  })
}
