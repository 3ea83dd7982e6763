/** Submodules of a workspace: cloned before any agent was there, looked at but never run afterwards. */
import { existsSync, lstatSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorktrainError } from '../protocol/errors.ts'
import { git, inRepository, privateGit, type Repository } from '../git/index.ts'
import { readJson } from '../platform/files.ts'
import { listFromSession } from './fetch.ts'
import { trustedDir } from './names.ts'
import { inTrusted } from './trusted.ts'
import type { Workspace, WorkspaceSpec } from './workspace.ts'

/** A submodule as it was when the workspace was made. */
interface Module {
  gitDir: string
  oids: string[]
}

const file = (stateDir: string) => join(stateDir, 'submodules.json')

/**
 * Clones and checks out the submodules. One that cannot be fetched does not make the workspace useless:
 * the failure is returned and shown, and the session starts.
 * @returns what went wrong, or null
 * @throws DISK_FULL
 */
export async function initialiseSubmodules(spec: WorkspaceSpec): Promise<string | null> {
  if (!existsSync(join(spec.path, '.gitmodules'))) return null
  let failure: string | null = null
  try {
    await privateGit(['submodule', '--quiet', 'update', '--init', '--recursive'], {
      cwd: spec.path,
      config: [`protocol.file.allow=${(await usesLocal(spec.repository)) ? 'always' : 'user'}`],
      retries: 3,
    })
  } catch (error) {
    if (!(error instanceof WorktrainError) || error.code !== 'GIT_FAILED') throw error
    failure = error.message
  }
  writeFileSync(file(spec.stateDir), JSON.stringify(await present(spec.path)))
  return failure
}

/** Local paths are allowed where the person already has a submodule from one (CVE-2022-39253). */
async function usesLocal(repo: Repository): Promise<boolean> {
  const { stdout } = await inRepository(repo, ['config', '-z', '--get-regexp', '^submodule\\..*\\.url$'], {
    allow: [1],
  })
  return stdout
    .split('\0')
    .some((entry) => /^(\/|\.{1,2}\/|file:)/.test(entry.slice(entry.indexOf('\n') + 1)))
}

async function present(top: string): Promise<Record<string, Module>> {
  const modules: Record<string, Module> = {}
  const { stdout } = await privateGit(
    ['submodule', '--quiet', 'foreach', '--recursive', 'echo "$displaypath"'],
    {
      cwd: top,
    },
  )
  for (const path of stdout.split('\n').filter((line) => line !== '')) {
    const cwd = join(top, path)
    const gitDir = (await git(['rev-parse', '--absolute-git-dir'], { cwd })).stdout.trimEnd()
    const refs = await git(['show-ref', '--head', '--hash'], { cwd, allow: [1] })
    modules[path] = { gitDir, oids: refs.stdout.split('\n').filter((oid) => oid !== '') }
  }
  return modules
}

/** Submodules that hold commits or files which are neither recorded nor on their remote, with why. */
export async function submoduleWork(workspace: Workspace): Promise<string[]> {
  const recorded = readJson<Record<string, Module>>(file(workspace.stateDir)) ?? {}
  const found: string[] = []
  for (const [path, module] of Object.entries(recorded)) {
    const why = await workIn(workspace, join(workspace.path, path), module)
    if (why !== null) found.push(`${path}: ${why}`)
  }
  const { stdout } = await inTrusted(workspace, workspace.path, ['ls-files', '-z', '--stage'])
  for (const entry of stdout.split('\0')) {
    const path = /^160000 [0-9a-f]+ \d\t([^]*)$/.exec(entry)?.[1]
    if (path === undefined || path in recorded) continue
    if (lstatSync(join(workspace.path, path, '.git'), { throwIfNoEntry: false }))
      found.push(`${path}: the session made it`)
  }
  return found
}

async function workIn(workspace: Workspace, top: string, module: Module): Promise<string | null> {
  if (!lstatSync(module.gitDir, { throwIfNoEntry: false })) return null
  const { code, stdout } = await listFromSession(workspace, module.gitDir)
  if (code !== 0) return 'it cannot be read'
  const refs = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t') as [string, string])
  const known = new Set([
    ...module.oids,
    ...refs.filter(([, name]) => name.startsWith('refs/remotes/')).map(([oid]) => oid),
  ])
  if (refs.some(([oid]) => !known.has(oid))) return 'it has commits of its own'
  const head = refs.find(([, name]) => name === 'HEAD')?.[0]
  if (head === undefined || !lstatSync(top, { throwIfNoEntry: false })?.isDirectory()) return null
  return (await isClean(workspace, top, module.gitDir, head)) ? null : 'it has uncommitted changes'
}

async function isClean(workspace: Workspace, top: string, gitDir: string, head: string): Promise<boolean> {
  const trusted = trustedDir(workspace.stateDir)
  const index = join(trusted, 'submodule-index')
  rmSync(index, { force: true })
  const env = {
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: join(trusted, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(gitDir, 'objects'),
  }
  try {
    await inTrusted(workspace, top, ['read-tree', head], { env })
    await inTrusted(workspace, top, ['update-index', '-q', '--refresh', '--ignore-submodules'], {
      env,
      allow: [1],
    })
    const changed = await inTrusted(
      workspace,
      top,
      ['diff-files', '--name-only', '-z', '--ignore-submodules=all'],
      { env },
    )
    const others = await inTrusted(workspace, top, ['ls-files', '-z', '--others', '--exclude-standard'], {
      env,
    })
    return changed.stdout === '' && others.stdout === ''
  } finally {
    rmSync(index, { force: true })
  }
}
