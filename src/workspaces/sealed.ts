/** A workspace with its own private git directory that borrows the repository's objects. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BELONGS_TO, inRepository, privateGit } from '../git/index.ts'
import { configText, sealedSettings, type Setting } from './config.ts'
import { TOKEN, branchRef } from './names.ts'
import type { WorkspaceSpec } from './workspace.ts'

/** What `objects/info/alternates` of a sealed workspace holds. */
export const alternatesOf = (spec: WorkspaceSpec) => `${join(spec.repository.commonDir, 'objects')}\n`

/**
 * Writes the private git directory into an empty directory; no file is checked out yet.
 *
 * By hand rather than by `git clone --shared`: the clone would call the person's branches
 * `origin/...`, and would run the person's templates.
 * @param start commit the branch stands at
 * @param settings of the repository
 */
export async function writeSealed(
  spec: WorkspaceSpec,
  start: string,
  token: string,
  settings: readonly Setting[],
): Promise<void> {
  const { commonDir } = spec.repository
  const gitDir = join(spec.path, '.git')
  for (const below of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info', 'hooks']) {
    mkdirSync(join(gitDir, below), { recursive: true })
  }
  writeFileSync(join(gitDir, TOKEN), token)
  writeFileSync(join(gitDir, BELONGS_TO), `${commonDir}\n`)
  writeFileSync(join(gitDir, 'objects/info/alternates'), alternatesOf(spec))
  writeFileSync(join(gitDir, 'config'), configText(sealedSettings(spec.repository, settings)))
  for (const name of ['info/exclude', 'info/attributes', 'shallow']) copyIfThere(commonDir, gitDir, name)
  copyHooks(spec, gitDir)
  await writeRefs(spec, gitDir, start)
  writeFileSync(join(gitDir, 'HEAD'), `ref: ${branchRef(spec)}\n`)
}

function copyIfThere(from: string, to: string, name: string): void {
  if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name))
}

/** The person's commit hooks go on working for the agent, inside its cell. */
function copyHooks(spec: WorkspaceSpec, gitDir: string): void {
  const from = join(spec.repository.commonDir, 'hooks')
  if (!existsSync(from)) return
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.sample') && existsSync(join(from, name)))
      cpSync(join(from, name), join(gitDir, 'hooks', name), { recursive: true, dereference: true })
  }
}

/**
 * The session's branch, and of the repository's target, remote branches and tags those that the base
 * contains: the keep-ref of the base then keeps every object that a ref here needs.
 */
async function writeRefs(spec: WorkspaceSpec, gitDir: string, start: string): Promise<void> {
  const { stdout } = await inRepository(spec.repository, [
    'for-each-ref',
    `--merged=${spec.baseOid}`,
    '--format=%(objectname) %(refname)%00%(*objectname)%00%(symref)',
    ...(spec.target === undefined ? [] : [`refs/heads/${spec.target}`]),
    'refs/remotes',
    'refs/tags',
  ])
  const lines = ['# pack-refs with: peeled fully-peeled ']
  for (const entry of stdout.split('\n')) {
    const [line = '', peeled = '', symbolic = ''] = entry.split('\0')
    const name = line.slice(line.indexOf(' ') + 1)
    if (line === '' || name === branchRef(spec)) continue
    if (symbolic !== '') {
      mkdirSync(dirname(join(gitDir, name)), { recursive: true })
      writeFileSync(join(gitDir, name), `ref: ${symbolic}\n`)
      continue
    }
    lines.push(line)
    if (peeled !== '') lines.push(`^${peeled}`)
  }
  // Loose, so that one look at the file tells whether the session has committed.
  mkdirSync(dirname(join(gitDir, branchRef(spec))), { recursive: true })
  writeFileSync(join(gitDir, branchRef(spec)), `${start}\n`)
  writeFileSync(join(gitDir, 'packed-refs'), `${lines.join('\n')}\n`)
}

/**
 * Checks the branch out, before any agent was here: the git directory is still ours, and the person's
 * own filters (LFS) may run.
 */
export async function populate(gitDir: string, workTree: string): Promise<void> {
  await privateGit(['read-tree', '--reset', '-u', '--no-recurse-submodules', 'HEAD'], {
    gitDir,
    workTree,
    cwd: workTree,
  })
}
