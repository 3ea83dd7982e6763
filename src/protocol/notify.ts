/** How the person is told outside of every client, and the proof of it. */
import { z } from 'zod'

export const NOTIFY_PROCEDURES = {
  /** The ways in which the person is told, on or off. */
  notifyStatus: z.object({}),
  /** Tells something by each way that is on, at once; from a phone by its own alone. */
  notifyTest: z.object({}),
} as const

export interface NotifyOutputs {
  notifyStatus: ChannelView[]
  notifyTest: ChannelView[]
}

/** One way to tell the person. */
export interface ChannelView {
  channel: 'desktop' | 'command' | 'push'
  /** The program, the command, or the browser and its service; empty: none. */
  name: string
  /** `on` and `off`: nothing was tried. `told` and `failed`: it was. */
  state: 'on' | 'off' | 'told' | 'failed'
  /** What happened, such as an exit code or the answer of a push service; a sentence, or empty. */
  said: string
  /** What the person can do; a sentence, or empty. */
  todo: string
}
