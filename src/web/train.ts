/** The train of a repository, followed. */
import { useEffect, useState } from 'react'
import type { ChangeView, TrainView } from '../protocol/api.ts'
import { client, sentenceOf } from './connection.ts'
import { onEvent } from './store.ts'

/** It is asked for again at most this often, ms. */
const EVERY_MS = 500

const OVER: readonly ChangeView['state'][] = ['landed', 'ejected', 'withdrawn']

/** What left the train without landing, oldest first, unless its branch is on it again, or has landed since. Pure. */
export function notLanded(changes: readonly ChangeView[]): ChangeView[] {
  const last = new Map(changes.map((change) => [change.branch, change]))
  return [...last.values()].filter(({ state, landed }) => OVER.includes(state) && landed === null)
}

/** The train as it is, asked for again after every event that may have moved it. */
export function useTrain(repo: string | null, live: boolean) {
  const [train, set] = useState<TrainView | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    if (repo === null || !live) return
    let wanted = true
    let timer = 0
    const look = (): void => {
      timer = 0
      client
        .call('train', { repo })
        .then((found) => {
          if (!wanted) return
          set(found)
          setFailed(null)
        })
        .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    }
    look()
    const end = onEvent((event) => {
      if (event.aggregate !== 'session') timer ||= window.setTimeout(look, EVERY_MS)
    })
    return () => {
      wanted = false
      clearTimeout(timer)
      end()
    }
  }, [repo, live])
  return { train, failed, set }
}
