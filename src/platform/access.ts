/**
 * The secrets by which Worktrain's own programs know each other.
 *
 * A socket's directory keeps other users out. It does not keep a session out: it runs as the same user,
 * and where no cell hides the directory it can connect. What it cannot read is this secret, which lies in
 * the state directory, hidden from every session that has a wall.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostSpec } from '../protocol/host.ts'
import { readJson, writeFileDurably } from './files.ts'

/** The person's token, or null before any supervisor ran. */
export function readToken(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The person's token; made at the first start. Call it as the only supervisor. */
export function keepToken(path: string): string {
  const known = readToken(path)
  if (known !== null) return known
  const token = newToken()
  writeFileDurably(path, token)
  return token
}

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What a session is given to reach the supervisor with: good for itself alone, and of no use to guess from. */
export function sessionToken(person: string, session: string): string {
  return `${session}.${createHmac('sha256', person).update(session).digest('base64url')}`
}

/** Whose token one is: the person's, that of a session (by id), or nobody's (null). */
export type Owner = { session: string | null } | null

export function ownerOf(person: string, token: string): Owner {
  if (sameSecret(token, person)) return { session: null }
  const session = token.slice(0, Math.max(0, token.indexOf('.')))
  return session !== '' && sameSecret(token, sessionToken(person, session)) ? { session } : null
}

/** Compares without telling by its duration how much was right. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** In the environment of a session: the socket at which the supervisor answers it. */
export const DOOR_VARIABLE = 'WORKTRAIN_DOOR'

/** @param door `Paths.door` */
export function doorSocket(door: string): string {
  return join(door, 'api.sock')
}

/** Name of the file a host is started with, in the session's state directory. */
export const HOST_SPEC = 'host-spec.json'

/** What the host of a session wants to hear from whoever connects; '' when it was never started. */
export function hostToken(sessionState: string): string {
  return readJson<HostSpec>(join(sessionState, HOST_SPEC))?.token ?? ''
}
