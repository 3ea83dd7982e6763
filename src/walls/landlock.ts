/** The cell as a list of what Landlock lets a session touch, for `landlock.pl`. Pure, but for the lister passed in. */
import { join } from 'node:path'
import { isWithin } from '../platform/files.ts'
import { WorktrainError } from '../protocol/index.ts'
import { filterWords } from './filter.ts'
import type { CellFacts } from './mounts.ts'
import { DEVICES, KEPT_RUN, UNSET_VARIABLES } from './tables.ts'

/** Entries of a directory; null: it cannot be listed. */
export type ListDirectory = (path: string) => { name: string; link: boolean }[] | null

export interface LandlockPlan {
  /** May be read, with all that lies below. */
  read: string[]
  /** May be changed, with all that lies below. */
  write: string[]
  /** Where sockets may be connected to. */
  connect: readonly string[]
}

/** Far below the kernel's limit for all arguments and the environment together (a quarter of an 8 MiB stack). */
const ARGUMENTS_MAX = 1024 * 1024

/**
 * What a session may read and write. Landlock knows only grants, each for a whole tree: nothing can be
 * taken back below one. So a directory with something hidden in it is granted entry by entry, and what
 * is made directly in it later is not readable; a directory with something protected in it likewise, and
 * nothing new can be made directly in it, or the protected could be replaced by a rename. The most
 * specific path decides, as in {@link planMounts}.
 */
export function planLandlock(facts: CellFacts, list: ListDirectory): LandlockPlan {
  const paths = (of: { path: string }[]) => of.map(({ path }) => path)
  const writable = [facts.workspace, facts.tempDir, ...paths(facts.writable)]
  const kept = [...paths(facts.readable), ...facts.programs.map(({ source }) => source)]
  const shown = [facts.home, ...kept, ...paths(facts.protect), ...writable]
  const hidden = [...paths(facts.hidden), ...facts.volatile, '/dev']
  const closed = hidden.filter((path) => !shown.includes(path))
  const protect = paths(facts.protect)
  const held = [...[...closed, ...kept].filter((path) => !writable.includes(path)), ...protect]
  const contested = (directory: string) => facts.contested.some((each) => isWithin(each, directory))
  return {
    read: minimal(['/', ...shown].flatMap((root) => grants(root, closed, list))),
    write: minimal(
      writable
        .filter((root) => !protect.includes(root))
        .flatMap((root) => grants(root, held, list, contested)),
    ),
    connect: [...KEPT_RUN, ...(facts.door === undefined ? [] : [facts.door])],
  }
}

/**
 * The trees that together make up `root` without what lies at or below `except`.
 * @param whole directories that are granted as they are, whatever lies in them
 */
function grants(
  root: string,
  except: readonly string[],
  list: ListDirectory,
  whole: (directory: string) => boolean = () => false,
): string[] {
  const inside = except.filter((path) => path !== root && isWithin(root, path))
  if (inside.length === 0 || whole(root)) return [root]
  const entries =
    list(root) ??
    // Passed through but not listed (mode 0711): what leads on is known by name, the rest stays out.
    [
      ...new Set(inside.map((path) => path.slice(root === '/' ? 1 : root.length + 1).split('/')[0] ?? '')),
    ].map((name) => ({ name, link: false }))
  return entries
    .filter(({ name, link }) => !link && !except.includes(join(root, name)))
    .flatMap(({ name }) => grants(join(root, name), inside, list, whole))
}

/** Without those that lie below another. */
function minimal(paths: string[]): string[] {
  const kept = new Set<string>()
  for (const path of [...new Set(paths)].sort()) {
    let up = path
    while (up !== '/' && !kept.has(up)) up = up.slice(0, up.lastIndexOf('/')) || '/'
    if (!kept.has(up)) kept.add(path)
  }
  return [...kept]
}

/**
 * @param perl path of perl; `script`: of landlock.pl
 * @param cwd directory in which `argv` starts
 * @throws UNAVAILABLE when the list is too long to be passed on
 */
export function landlockArgv(
  plan: LandlockPlan,
  tools: { perl: string; script: string },
  cwd: string,
  argv: readonly string[],
): string[] {
  const words = (word: string, values: readonly string[]) => values.flatMap((value) => [word, value])
  const line = [
    tools.perl,
    tools.script,
    ...words('--read', plan.read),
    ...words('--write', plan.write),
    ...words('--device', DEVICES),
    ...words('--connect', plan.connect),
    ...words('--filter', filterWords(process.arch)),
    ...words('--unset', UNSET_VARIABLES),
    ...words('--chdir', [cwd]),
  ]
  const bytes = line.reduce((sum, word) => sum + Buffer.byteLength(word) + 9, 0)
  if (bytes > ARGUMENTS_MAX) {
    throw new WorktrainError(
      'UNAVAILABLE',
      `The cell cannot be built with Landlock: something hidden lies in a directory with too many entries (${plan.read.length} are to be named).`,
      { hint: 'Move workspaces to a directory of their own (workspaces.directory), or enable bubblewrap.' },
    )
  }
  return [...line, '--', ...argv]
}
