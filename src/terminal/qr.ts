/** A text as a QR code for the terminal. Pure. */
import { encode } from 'uqr'

/** Light modules around it: scanners ask for four, and take two. */
const BORDER = 2
const BLACK_ON_WHITE = '\u001b[30;107m'
const AS_BEFORE = '\u001b[0m'

/**
 * Two rows of modules to a line.
 * @param coloured dark on light in any colours of the terminal; otherwise as it is on a dark terminal
 */
export function qrLines(text: string, coloured: boolean): string[] {
  const { data, size } = encode(text, { ecc: 'L', border: BORDER })
  // A half block is drawn in the colour of text: black where there are colours, else light.
  const drawn = (row: number, column: number): boolean => (data[row]?.[column] ?? false) === coloured
  const lines: string[] = []
  for (let row = 0; row < size; row += 2) {
    const line = Array.from({ length: size }, (_none, column) => {
      const [top, bottom] = [drawn(row, column), row + 1 < size && drawn(row + 1, column)]
      return top ? (bottom ? '█' : '▀') : bottom ? '▄' : ' '
    }).join('')
    lines.push(coloured ? `${BLACK_ON_WHITE}${line}${AS_BEFORE}` : line)
  }
  return lines
}
