/** How the API's inputs name a repository and a session. */
import { z } from 'zod'

export const directory = z.string().min(1)
export const sessionRef = z.object({ repo: directory.nullable(), name: z.string().min(1) })
