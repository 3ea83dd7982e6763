/** How the cells of a row are drawn, as data: nothing of what the program wrote leaves the host as a sequence. */
import type { IBufferCell, IBufferLine } from '@xterm/headless'
import type { ScreenColour, ScreenMark, ScreenStyle } from '../protocol/host.ts'

/** Pieces of a row that are told apart; what comes after is drawn plainly. A row of them would be noise. */
const PIECES_MAX = 512

/** @param length UTF-16 units of the row that are shown */
export function stylesOf(line: IBufferLine, length: number): ScreenStyle[] {
  const pieces: ScreenStyle[] = []
  let before = ''
  let at = 0
  for (let x = 0; x < line.length && at < length && pieces.length < PIECES_MAX; x++) {
    const cell = line.getCell(x)
    // The second half of a wide character.
    if (cell === undefined || cell.getWidth() === 0) continue
    const units = Math.min(cell.getChars().length || 1, length - at)
    at += units
    const style = styleOf(cell)
    const drawn = JSON.stringify(style)
    const last = pieces.at(-1)
    if (last !== undefined && drawn === before) last.length += units
    else pieces.push({ length: units, ...style })
    before = drawn
  }
  return pieces
}

function styleOf(cell: IBufferCell): Omit<ScreenStyle, 'length'> {
  const fg = cell.isFgDefault() ? null : colourOf(cell.getFgColor(), cell.isFgRGB())
  const bg = cell.isBgDefault() ? null : colourOf(cell.getBgColor(), cell.isBgRGB())
  const marks: ScreenMark[] = [
    ...(cell.isBold() ? ['bold' as const] : []),
    ...(cell.isDim() ? ['dim' as const] : []),
    ...(cell.isItalic() ? ['italic' as const] : []),
    ...(cell.isUnderline() ? ['underline' as const] : []),
    ...(cell.isInverse() ? ['inverse' as const] : []),
    ...(cell.isStrikethrough() ? ['struck' as const] : []),
  ]
  return {
    ...(fg === null ? {} : { fg }),
    ...(bg === null ? {} : { bg }),
    ...(marks.length === 0 ? {} : { marks }),
  }
}

function colourOf(colour: number, rgb: boolean): ScreenColour {
  return rgb ? [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255] : colour & 255
}
