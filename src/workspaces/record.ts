/** What was begun for a workspace, on disk before it is done: the proof that a thing is ours to remove. */
import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, writeFileDurably } from '../platform/files.ts'
import { bootId } from '../platform/processes.ts'

export interface MakeRecord {
  token: string
  path: string
  /** Parent directory that did not exist before. */
  parent: string | null
  /** Identity of the directory; null: it was not made yet when this was written. */
  dev: number | null
  ino: number | null
  /** Boot of the machine in which it was written. */
  boot?: string
}

const file = (stateDir: string) => join(stateDir, 'workspace.json')

export function readRecord(stateDir: string): MakeRecord | null {
  return readJson<MakeRecord>(file(stateDir))
}

export function writeRecord(stateDir: string, record: MakeRecord): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  writeFileDurably(file(stateDir), JSON.stringify({ ...record, boot: bootId() }))
}

export function removeRecord(stateDir: string): void {
  rmSync(file(stateDir), { force: true })
}

/** Device and inode of a directory that is no link; null when there is nothing at this path. */
export function identityOf(path: string): { dev: number; ino: number; directory: boolean } | null {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : { dev: stat.dev, ino: stat.ino, directory: stat.isDirectory() }
}

/**
 * Is this the device on which the workspace was made? Numbers of file systems without a device of their own
 * (btrfs, overlay, NFS) may differ after each boot: then inode and token alone must do.
 */
export function isSameDevice(made: { dev: number; stateDir: string }, dev: number): boolean {
  if (dev === made.dev) return true
  const boot = readRecord(made.stateDir)?.boot
  return boot !== undefined && boot !== bootId()
}
