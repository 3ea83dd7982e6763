/**
 * Runs the merge driver a person configured (`train.merge_driver`) on a file that git could not merge.
 *
 * What it reads is what sessions made up: it runs in a cell, in a directory with nothing but the three
 * versions, and it has a time limit. What it says is tested like any other merge.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brokerDir } from '../../git/index.ts'
import { runBounded } from '../../platform/bounded.ts'
import type { DriverInput, MergeDriver } from '../../train/merge/resolve.ts'
import { buildCell } from '../../walls/index.ts'
import type { Context } from '../context.ts'
import type { RepositoryContext } from '../repositories.ts'
import { cellSpec, commandEnv, probeOptions } from '../session/workspaces.ts'

/** One file takes no longer, ms. */
const LIMIT_MS = 60_000
/** A merged file is not larger, bytes. */
const LARGEST = 64 * 1024 * 1024
/** Of all its processes together. */
const MEMORY_BYTES = 2 * 1024 ** 3
/** What the driver prints is not kept; one that prints without end is ended, bytes. */
const OUTPUT_BYTES = 16 * 1024 * 1024
/** Environment variable that marks every process of one run. */
const MARKER = 'WORKTRAIN_MERGE_DRIVER'

/** The repository's driver as it is configured now; null: none is. */
export function configuredDriver(
  ctx: Context,
  repo: RepositoryContext,
  directory: string,
): MergeDriver | null {
  const command = repo.config['train.merge_driver']
  return command === null ? null : driverOf(ctx, repo, command, directory)
}

/**
 * A driver that runs `command` as git would: `%O %A %B` are files with the common ancestor, the target's and
 * the change's version, `%P` is the path, `%L` the length of conflict markers; the result is left in `%A`.
 * Exit 0 means that it is merged.
 * @param directory where it may make directories, on the train's own disk
 */
export function driverOf(
  ctx: Context,
  repo: RepositoryContext,
  command: string,
  directory: string,
  limitMs = LIMIT_MS,
): MergeDriver {
  return {
    command,
    async merge(files) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const home = mkdtempSync(join(directory, 'driver-'))
      try {
        return await merge(ctx, repo, { command, files, home, limitMs })
      } finally {
        rmSync(home, { recursive: true, force: true })
      }
    },
  }
}

async function merge(
  ctx: Context,
  repo: RepositoryContext,
  job: { command: string; files: DriverInput; home: string; limitMs: number },
): Promise<Buffer | null> {
  const { command, files, home, limitMs } = job
  const [cwd, tempDir] = [join(home, 'files'), join(home, 'tmp')]
  for (const each of [cwd, tempDir]) mkdirSync(each, { mode: 0o700 })
  writeFileSync(join(cwd, 'base'), files.base ?? '')
  writeFileSync(join(cwd, 'ours'), files.ours)
  writeFileSync(join(cwd, 'theirs'), files.theirs)
  const spec = cellSpec(ctx, repo, {
    session: `train-${repo.repository.id}`,
    workspace: cwd,
    tempDir,
    writable: [],
    readable: [],
    protect: [],
    hidden: [brokerDir(repo.repository)],
  })
  const argv = ['/bin/sh', '-c', commandLine(command, files)]
  const cell = await buildCell(spec, { ...probeOptions(ctx, repo), argv, cwd })
  const [program = '', ...args] = cell.argv
  const mark = ctx.id('d')
  const ended = await runBounded(program, args, {
    cwd,
    env: { ...commandEnv(ctx, { [MARKER]: mark }), ...cell.env },
    marker: `${MARKER}=${mark}`,
    timeoutMs: limitMs,
    memoryBytes: MEMORY_BYTES,
    signal: ctx.stopping,
    outputBytes: OUTPUT_BYTES,
    onOutput: () => {},
  })
  return ended.code === 0 ? readResult(join(cwd, 'ours')) : null
}

/** Pure: a driver's command line, as git fills it in. */
export function commandLine(command: string, files: Pick<DriverInput, 'path' | 'markerSize'>): string {
  const values: Record<string, string> = {
    O: 'base',
    A: 'ours',
    B: 'theirs',
    L: String(files.markerSize),
    P: quoted(files.path),
    '%': '%',
  }
  return command.replace(/%(.)/g, (all, letter: string) => values[letter] ?? all)
}

/** A session chose the name of the path: no part of it may be a command. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}

/** The driver may have left anything in place of its file. */
function readResult(path: string): Buffer | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    // Deleted, or a link: that is no merged file.
    return null
  }
  try {
    const { size } = fstatSync(fd)
    if (!fstatSync(fd).isFile() || size > LARGEST) return null
    const content = Buffer.alloc(size)
    let read = 0
    for (let n = -1; n !== 0 && read < size; read += n) n = readSync(fd, content, read, size - read, null)
    return content.subarray(0, read)
  } finally {
    closeSync(fd)
  }
}
