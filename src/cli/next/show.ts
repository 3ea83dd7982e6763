/** Shows what an action wants looked at: the terminal, a diff, a log, the evidence, the train. */
import { attach } from '../../client/attach.ts'
import type { Client } from '../../client/api.ts'
import { hostToken } from '../../platform/access.ts'
import type { AttentionLook } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import { renderEnd } from '../commands/attach.ts'
import { renderScreen } from '../../terminal/host-screen.ts'
import { renderReview } from '../../terminal/review/page.ts'
import { renderWhy } from '../../terminal/why.ts'
import type { Context } from '../context.ts'
import { diffText } from '../../terminal/diff.ts'
import { plainTerminal } from '../../terminal/text.ts'
import { renderTrain } from '../../terminal/train/render.ts'

const LOG_BYTES = 256 * 1024

export async function show(
  ctx: Context,
  client: Client,
  { show: what, repo, session }: AttentionLook,
): Promise<void> {
  const ref = { repo: null, name: session ?? '' }
  switch (what) {
    case 'terminal': {
      const { name, hostSocket, id } = await client.call('session', ref)
      if (hostSocket === null)
        throw new WorktrainError('SESSION_WRONG_STATE', `${name} has no terminal any more.`, {
          hint: `Go on with it: worktrain resume ${name}`,
        })
      const token = hostToken(ctx.paths.sessionState(id))
      const end = await attach({ socket: hostSocket, token, stdin: ctx.stdin, stdout: ctx.stdout })
      return ctx.say(renderEnd(name, end))
    }
    case 'review': {
      const view = await client.call('review', ref)
      ctx.say(renderReview(view, ctx.look, ctx.now()))
      // What is approved after it is what was shown.
      return void (await client.call('reviewSeen', { ...ref, commit: view.to.commit }))
    }
    case 'diff': {
      const { text } = await client.call('diff', ref)
      return ctx.say(diffText(text, ctx.look.paint))
    }
    case 'screen':
      return ctx.say(renderScreen(await client.call('screen', ref), ctx.look, ctx.now()))
    case 'setup-log':
    case 'checks-log': {
      const kind = what === 'setup-log' ? 'setup' : 'checks'
      return ctx.say(
        plainTerminal((await client.call('logs', { ...ref, what: kind, bytes: LOG_BYTES })).text),
      )
    }
    case 'why':
      return ctx.say(renderWhy(await client.call('why', ref), ctx.look, ctx.now()))
    case 'train':
      return ctx.say(renderTrain(await client.call('train', { repo, asks: true }), ctx.look, ctx.now()))
  }
}
