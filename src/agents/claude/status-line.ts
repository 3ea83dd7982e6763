/**
 * Cost so far and rate-limit windows, as Claude Code tells its status line: it says them nowhere else while it
 * runs. The person's own status line is shown as before.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RateWindow, ToldUsage } from '../../protocol/index.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import { asObject, asText, objectFrom, openRegular, personDirectory, readObject } from './files.ts'
import { isOlderThan } from './find.ts'

/** Keeps what it is told in a file, whole or not at all, and passes it on to the person's own command. */
const KEEP =
  'told=$(cat); printf %s "$told" >"$1.$$" && mv -f "$1.$$" "$1"; [ -z "$2" ] || printf %s "$told" | sh -c "$2"'

/** Bytes; what is told is about two thousand. */
const STATUS_MAX = 64 * 1024
const SETTINGS_MAX = 1024 * 1024
const WINDOWS_MAX = 10
/** An older one begins at 0 again when it resumes, and so does not speak of the whole session. */
const COST_CONTINUES_SINCE = [2, 1, 329] as const

/**
 * The `statusLine` of a session's settings.
 * @param place.file where what is told is kept
 */
export async function statusLineFor(
  place: { file: string; workspace: string; repositoryRoot: string },
  env: Record<string, string | undefined>,
): Promise<Record<string, unknown>> {
  const theirs = await theirStatusLine(place, env)
  const words = [KEEP, 'status', place.file, asText(theirs?.command)]
  return { ...theirs, type: 'command', command: `sh -c ${words.map(shellQuoted).join(' ')}` }
}

/** The one that would be shown without ours, in Claude Code's order. */
async function theirStatusLine(
  { workspace, repositoryRoot }: { workspace: string; repositoryRoot: string },
  env: Record<string, string | undefined>,
): Promise<Record<string, unknown> | null> {
  const settings = [
    await readObject(join(repositoryRoot, '.claude', 'settings.local.json'), SETTINGS_MAX),
    await readObject(join(workspace, '.claude', 'settings.json'), SETTINGS_MAX),
    // The person may keep theirs elsewhere and link them.
    objectFrom(await readFile(join(personDirectory(env), 'settings.json'), 'utf8').catch(() => '')),
  ]
  for (const each of settings) {
    const line = asObject(each?.statusLine)
    if (line) return line
  }
  return null
}

/** What was last told; null: nothing yet. A session can write the file: it is bounded, and worth as much as its word. */
export async function readStatusLine(path: string, now: number): Promise<ToldUsage | null> {
  const file = await openRegular(path)
  if (!file) return null
  try {
    const { size, mtimeMs } = await file.stat()
    if (size > STATUS_MAX) return null
    return toldBy(await file.readFile('utf8'), Math.min(Math.floor(mtimeMs), now))
  } finally {
    await file.close()
  }
}

/** Reads what Claude Code tells a status line, at a time. Pure. */
export function toldBy(text: string, at: number): ToldUsage | null {
  const told = objectFrom(text)
  if (!told) return null
  const version = asText(told.version)
  const cost = asObject(told.cost)?.total_cost_usd
  const continues = /^\d+\.\d+\.\d+/.test(version) && !isOlderThan(version, COST_CONTINUES_SINCE)
  return {
    at,
    costUsd: continues && isCount(cost) ? cost : null,
    windows: Object.entries(asObject(told.rate_limits) ?? {})
      .slice(0, WINDOWS_MAX)
      .flatMap(([name, window]) => windowOf(name, asObject(window))),
  }
}

function windowOf(name: string, window: Record<string, unknown> | null): RateWindow[] {
  const used = window?.used_percentage
  const resets = window?.resets_at
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name) || !isCount(used)) return []
  return [{ name, usedPercent: used, resetsAt: isCount(resets) ? resets * 1000 : null }]
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e12
}
