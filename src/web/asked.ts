/** An answer of the supervisor that a page shows, asked for anew when it may have changed. */
import { useEffect, useState } from 'react'
import type { Input, Outputs, Procedure } from '../protocol/api.ts'
import { client, sentenceOf } from './connection.ts'

/**
 * @param key changes whenever it is to be asked anew
 * @returns the last answer, and why there is no newer one
 */
export function useAnswer<P extends Procedure>(name: P, input: Input<P>, key: string) {
  const [answer, setAnswer] = useState<Outputs[P] | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const asked = JSON.stringify(input)
  useEffect(() => {
    let wanted = true
    client
      .call(name, JSON.parse(asked) as Input<P>)
      .then((found) => {
        if (!wanted) return
        setAnswer(found)
        setFailed(null)
      })
      .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [name, asked, key])
  return { answer, failed }
}
