/** Shows the ways in which the person is told, and proves them. */
import type { ChannelView, NotifyOutputs } from '../../protocol/api.ts'
import type { Actor } from '../../protocol/index.ts'
import type { Handlers } from '../../server/index.ts'
import { notifyKeys } from '../config.ts'
import type { Context } from '../context.ts'
import { byCommand, COMMAND_OFF, DESKTOP_OFF, desktopView, onDesktop } from './channels.ts'
import type { Push } from './push.ts'

const TEST = { title: 'Worktrain', body: 'This is how you are told.' }

const NO_PUSH: ChannelView = {
  ...{ channel: 'push', name: '', state: 'off', said: '' },
  todo: 'To have it: open the web board in a browser, and turn it on in its settings.',
}

const isPhone = (actor: Actor): boolean => actor.kind === 'person' && actor.phone !== undefined

export function notifyHandlers(ctx: Context, push: Push): Pick<Handlers, keyof NotifyOutputs> {
  return {
    notifyStatus: async () => {
      const { desktop = false, command } = notifyKeys(ctx.paths.config)
      const browsers = push.channels()
      return [
        desktop ? desktopView(ctx) : DESKTOP_OFF,
        command === undefined
          ? COMMAND_OFF
          : { channel: 'command', name: command, state: 'on', said: '', todo: '' },
        ...(browsers.length > 0 ? browsers : [NO_PUSH]),
      ]
    },
    notifyTest: async (_input, actor) => {
      // What is the machine's own is tried at the machine.
      if (isPhone(actor)) return push.test(TEST, actor)
      const { desktop = false, command } = notifyKeys(ctx.paths.config)
      const [shown, ran, pushed] = await Promise.all([
        desktop ? onDesktop(ctx, TEST) : DESKTOP_OFF,
        command === undefined ? COMMAND_OFF : byCommand(ctx, command, TEST, []),
        push.test(TEST, null),
      ])
      return [shown, ran, ...(pushed.length > 0 ? pushed : [NO_PUSH])]
    },
  }
}
