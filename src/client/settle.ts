/** Carries out what an attention item says to do. */
import type { Input, Outputs } from '../protocol/api.ts'
import type { AttentionCall, AttentionProcedure } from '../protocol/attention.ts'
import type { Client } from './api.ts'

/** @returns what the procedure answers @throws what the procedure throws */
export function settle(client: Client, { call, input }: AttentionCall): Promise<Outputs[AttentionProcedure]> {
  // `api.ts` proves that each input fits its own procedure; the pair of both is what a union cannot say.
  return client.call(call, input as Input<typeof call>)
}
