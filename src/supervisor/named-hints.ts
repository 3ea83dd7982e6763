/** Errors about a session lead to commands that name it: in a board nobody has typed its name. */
import type { Procedure } from '../protocol/api.ts'
import { aboutSession, type Actor, WorktrainError } from '../protocol/index.ts'
import type { Handlers } from '../server/index.ts'
import type { Views } from './views.ts'

export function withNames(handlers: Handlers, views: Pick<Views, 'find'>): Handlers {
  const entries = Object.entries(handlers) as [Procedure, (input: never, actor: Actor) => Promise<unknown>][]
  const named = entries.map(([name, handle]) => [
    name,
    async (input: never, actor: Actor) => {
      try {
        return await handle(input, actor)
      } catch (error) {
        const { repo = null, name: asked } = input as { repo?: string | null; name?: string }
        if (!(error instanceof WorktrainError) || asked === undefined) throw error
        const found = await views.find({ repo, name: asked }).catch(() => null)
        throw found === null ? error : aboutSession(found.name, error)
      }
    },
  ])
  return Object.fromEntries(named) as Handlers
}
