/** The train of a repository, followed. */
import { useEffect, useState } from 'react'
import type { TrainView } from '../protocol/api.ts'
import { client, sentenceOf } from './connection.ts'
import { onEvent } from './store.ts'

/** It is asked for again at most this often, ms. */
const EVERY_MS = 500

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
