/** How the target moves. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { updateRef, withRepositoryLock, writeCheckout } from '../../git/index.ts'
import { readPlainIfAny } from '../../platform/plain.ts'
import { type Blocked, WorktrainError } from '../../protocol/index.ts'
import { CHECKOUT_LIMIT_MS, whereIs } from './checkout.ts'
import { MARKER } from './flight.ts'
import type { Move } from './landable.ts'
import { readRefusal } from './refusal.ts'
import { settle } from './settle.ts'

/** @param limitMs after this long a fast-forward is ended, and taken back */
export function moveWithin(limitMs: number): Move {
  return async (repo, landable, intent, place) => {
    const { target } = intent
    if (!place) {
      const why = `worktrain: land ${landable.name}`
      // Nothing of ours puts it into a checkout in between.
      return withRepositoryLock(repo, async () => {
        if ((await whereIs(repo, target)).kind !== 'nowhere')
          return { kind: 'blocked', blocked: checkedOutNow(target) }
        const moved = await updateRef(repo, `refs/heads/${target}`, intent.new, intent.old, why)
        return moved ? null : settle(repo, intent)
      })
    }
    const original = readPlainIfAny(join(place.gitDir, 'ORIG_HEAD'))
    try {
      await writeCheckout(repo, place, fastForward(intent.new), {
        config: SETTINGS,
        env: {
          [MARKER]: intent.build,
          GIT_REFLOG_ACTION: `worktrain: land ${landable.name}`,
          // As a variable: the name of a branch may hold an "=".
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: `branch.${target}.mergeOptions`,
          GIT_CONFIG_VALUE_0: '',
        },
        retries: 0,
        timeoutMs: limitMs,
      })
      return null
    } catch (error) {
      if (!(error instanceof WorktrainError)) throw error
      const settled = await settle(repo, intent)
      if (settled) return settled
      const { stderr } = error.details ?? {}
      const refusal = readRefusal(typeof stderr === 'string' ? stderr : error.message, place.path)
      if (refusal) return { kind: 'blocked', blocked: refusal }
      throw error
    } finally {
      // Git notes there where main was, also when it refuses; the person may still need what was there.
      restore(join(place.gitDir, 'ORIG_HEAD'), original)
    }
  }
}

function checkedOutNow(target: string): Blocked {
  const detail = `${target} was checked out in this moment: it is tried again there.`
  return { reason: 'checkout', paths: [], detail }
}

function restore(file: string, content: string | null): void {
  if (readPlainIfAny(file) === content) return
  rmSync(file, { force: true })
  if (content !== null) writeFileSync(file, content, { flag: 'wx' })
}

/** Compare-and-swap, or the fast-forward git itself would do without loss. */
export const moveTarget: Move = moveWithin(CHECKOUT_LIMIT_MS)

/** The person's settings must not turn a fast-forward into something else. */
const SETTINGS = ['merge.autoStash=false', 'merge.verifySignatures=false', 'advice.diverging=false']

function fastForward(commit: string): string[] {
  return [
    'merge',
    '--quiet',
    '--ff-only',
    '--no-overwrite-ignore',
    '--no-autostash',
    '--no-squash',
    '--no-edit',
    '--no-stat',
    commit,
  ]
}
