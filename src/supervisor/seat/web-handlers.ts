/** Who reaches the board from a browser: on this machine, and from a phone. */
import type { WebOutputs } from '../../protocol/api.ts'
import type { Handlers } from '../../server/index.ts'
import type { Phones } from './phones.ts'
import type { Push } from './push.ts'
import type { Repositories } from '../repositories.ts'
import type { Web } from './web.ts'

export interface WebParts {
  repositories: Repositories
  web: Web
  phones: Phones
  push: Push
}

export function webHandlers({ repositories, web, phones, push }: WebParts): Pick<Handlers, keyof WebOutputs> {
  return {
    webOpen: async ({ repo, port }, actor) => {
      if (repo !== null) await repositories.open(repo)
      return web.open(port, actor)
    },
    webStatus: async () => web.view(),
    webRevoke: async ({ id }, actor) => web.revoke(id, actor),
    webClose: async (_input, actor) => web.close(actor),
    phoneOpen: async (input, actor) => phones.open(input, actor),
    phoneStatus: async () => phones.view(),
    phoneRevoke: async ({ name }, actor) => phones.revoke(name, actor),
    phoneClose: async (_input, actor) => phones.close('asked', actor),
    pushStatus: async (_input, actor) => push.status(actor),
    pushKey: async () => ({ key: push.key() }),
    pushStart: async (given, actor) => push.begin(given, actor),
    pushEnd: async (_input, actor) => push.end(actor),
    repositories: async () => [...(await repositories.roots())].map(([id, root]) => ({ id, root })),
  }
}
