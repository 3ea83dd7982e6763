/** A client of the supervisor that is there: for what must not start one. */
import { tokenOf } from '../client/access.ts'
import { createClient } from '../client/api.ts'
import type { Client } from '../client/api.ts'
import type { Context } from './context.ts'

/** Its calls throw SUPERVISOR_UNREACHABLE when none runs. */
export function running({ env, paths }: Context, via = 'cli'): Client {
  return createClient({ socketPath: paths.supervisorSocket, token: () => tokenOf(env, paths.token), via })
}
