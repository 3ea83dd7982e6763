/** Errors about a session lead to commands that name it: in a board nobody has typed its name. */
import { aboutSession, WorktrainError } from '../protocol/index.ts'
import { around, type Handlers } from '../server/index.ts'
import type { Views } from './views.ts'

export function withNames(handlers: Handlers, views: Pick<Views, 'find'>): Handlers {
  return around(handlers, (_name, handle) => async (input, actor) => {
    try {
      return await handle(input, actor)
    } catch (error) {
      const { repo = null, name } = input as { repo?: string | null; name?: string }
      if (!(error instanceof WorktrainError) || name === undefined) throw error
      const found = await views.find({ repo, name }).catch(() => null)
      throw found === null ? error : aboutSession(found.name, error)
    }
  })
}
