/** What may stand in the table `train` of a configuration. */
import { z } from 'zod'
import { Command, Duration, Size } from './checks.ts'

export const TrainKeys = z.strictObject({
  slots: z
    .number()
    .int()
    .positive()
    .max(64)
    .optional()
    .describe('Builds tested at the same time; default: by the cores and the memory of the machine.'),
  mode: z
    .enum(['prefix', 'every-commit'])
    .optional()
    .describe(
      'prefix: what is on the target after a landing was tested; every-commit: each commit in between as well.',
    ),
  verify: z
    .boolean()
    .optional()
    .describe('Runs the checks once more on the target after landings, when nothing else is to be done.'),
  push: z
    .string()
    .regex(/^[A-Za-z0-9_][\w./-]*$/, 'must be the name of a remote, such as "origin"')
    .optional()
    .describe('Remote whose branch of the same name is moved with the target; default: none.'),
  attempts: z
    .number()
    .int()
    .positive()
    .max(100)
    .optional()
    .describe('How often a change is sent back to be repaired before it waits for the person.'),
  update: z
    .enum(['off', 'merge', 'rebase'])
    .optional()
    .describe('What becomes of idle sessions that still merge after a landing.'),
  resolve_with: Command.optional().describe(
    'Agent started on a change that was sent back and whose session is gone; default: none.',
  ),
  remember: z
    .boolean()
    .optional()
    .describe('Uses a resolution of a conflict again when the same conflict comes back.'),
  merge_driver: Command.optional().describe(
    'Command asked for conflicted files before they count as conflicts; default: none.',
  ),
  tools: z
    .array(Command)
    .optional()
    .describe(
      'Commands whose output says which tools the checks run with: a verdict counts only for the same. Default: found.',
    ),
  timeout: Duration.optional().describe('After this a check is ended and is red; default: "1h".'),
  memory: Size.optional().describe(
    'Memory of all processes of a check together above which it is ended and is red; default: no limit.',
  ),
})
