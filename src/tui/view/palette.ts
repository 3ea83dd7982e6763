/** The palette: the actions that have the words which were typed. Pure. */
import type { Look } from '../../terminal/look.ts'
import { pad, truncate } from '../../terminal/text.ts'
import type { LineMode } from '../mode.ts'
import { offered, OFFERED_ROW } from '../palette.ts'
import { keyName } from './body.ts'
import type { Shown } from './list.ts'

/** @returns as many as there is room for, the one that Enter does among them */
export function paletteOf(
  mode: LineMode,
  at: number,
  look: Look,
  room: number,
): { shown: Shown[]; top: number } {
  const found = offered(mode.back, mode.line.text)
  const lines = found.map(({ keys, does }, i): Shown => ({
    text: truncate(`${i === at ? '▸' : ' '} ${pad(keys.map(keyName).join(' '), 14)} ${does}`, look.width),
    id: `${OFFERED_ROW}${i}`,
  }))
  const top = Math.max(0, Math.min(at + 1 - room, lines.length - room))
  if (lines.length === 0) return { shown: [{ text: '  nothing is called so', id: null }], top }
  return { shown: lines.slice(top, top + room), top }
}
