/**
 * Hyperlinks on the session's screen: which the emulator takes in, and how a picture of the screen carries them.
 *
 * addon-serialize 0.14 knows no links: it leaves them out and underlines their text, as the emulator draws it.
 * So it is shown the terminal through {@link withLinks}, whose cells write the link around their characters.
 */
import type { IBuffer, IBufferCell, IBufferLine, Terminal } from '@xterm/headless'
import { safeLink } from '../protocol/links.ts'

/** Links on the screen and in its scrollback at a time: each is remembered, and looked at whenever a line scrolls. */
const LINKS_MAX = 4096
/** Characters of links in one picture: every cell might begin another. */
const PICTURE_MAX = 1024 * 1024
/** The emulator's flag of text that the program itself underlined. */
const UNDERLINED = 0x10000000

const CLOSE = '\x1b]8;;\x1b\\'

/** What the emulator knows of the look of a cell. */
interface Attributes {
  fg: number
  hasExtendedAttrs(): number
  extended: { urlId: number }
  isUnderline(): number
}

/** The emulator's own record of links; it has no public accessor. */
interface Core {
  _inputHandler: { setHyperlink(data: string): boolean; _curAttrData: Attributes & { clone(): Attributes } }
  _oscLinkService: {
    _dataByLinkId: Map<number, unknown>
    getLinkData(id: number): { id?: string; uri: string } | undefined
  }
}
const coreOf = (terminal: Terminal): Core => (terminal as unknown as { _core: Core })._core

/** From now on the emulator takes in only links that may be followed; the text of any other is text. */
export function takeSafeLinks(terminal: Terminal): void {
  const { _inputHandler: input, _oscLinkService: links } = coreOf(terminal)
  terminal.parser.registerOscHandler(8, (data) =>
    input.setHyperlink(links._dataByLinkId.size < LINKS_MAX ? safeLink(data) : ';'),
  )
}

const linkOf = (look: Attributes): number => (look.hasExtendedAttrs() ? look.extended.urlId : 0)

/** What begins a link. A link without a name gets one, so that its lines stay one link. */
function opening(terminal: Terminal, link: number): string {
  const known = link === 0 ? undefined : coreOf(terminal)._oscLinkService.getLinkData(link)
  return known === undefined ? '' : `\x1b]8;id=${known.id ?? `w${link}`};${known.uri}\x1b\\`
}

/** What begins the link that the program has not ended yet; '' when there is none. */
export function openLink(terminal: Terminal): string {
  return opening(terminal, linkOf(coreOf(terminal)._inputHandler._curAttrData))
}

/** The terminal as the serializer is to see it, for one picture. */
export function withLinks(terminal: Terminal): Terminal {
  const { rows, cols, modes } = terminal
  const { active, normal, alternate } = terminal.buffer
  let left = PICTURE_MAX
  const begin = (link: number): string => {
    const text = opening(terminal, link)
    left -= text.length
    return left < 0 ? '' : text
  }
  const look = coreOf(terminal)._inputHandler._curAttrData.clone()
  look.isUnderline = () => look.fg & UNDERLINED
  return {
    ...{ rows, cols, modes, _core: { _inputHandler: { _curAttrData: look } } },
    buffer: { active, normal: bufferWithLinks(normal, begin), alternate: bufferWithLinks(alternate, begin) },
  } as unknown as Terminal
}

type Begin = (link: number) => string
/** A cell with what stands around its characters. */
type LinkedCell = IBufferCell & Attributes & { before: string; behind: string }

function bufferWithLinks(buffer: IBuffer, begin: Begin): IBuffer {
  const beside = buffer.getNullCell() as LinkedCell
  return {
    ...{ type: buffer.type, cursorX: buffer.cursorX, cursorY: buffer.cursorY },
    ...{ viewportY: buffer.viewportY, baseY: buffer.baseY, length: buffer.length },
    getNullCell: () => linkedCell(buffer.getNullCell()),
    getLine(y) {
      const line = buffer.getLine(y)
      return line && lineWithLinks(line, beside, begin)
    },
  }
}

function linkedCell(cell: IBufferCell): IBufferCell {
  const linked = cell as LinkedCell
  const characters = linked.getChars.bind(linked)
  linked.before = ''
  linked.behind = ''
  linked.getChars = () => {
    const text = characters()
    return text === '' ? '' : linked.before + text + linked.behind
  }
  linked.isUnderline = () => linked.fg & UNDERLINED
  return linked
}

/** @param beside a cell to look at neighbours with */
function lineWithLinks(line: IBufferLine, beside: LinkedCell, begin: Begin): IBufferLine {
  const linkAt = (x: number): number => {
    const cell = x < 0 ? undefined : (line.getCell(x, beside) as LinkedCell | undefined)
    // The second half of a wide character has no characters of its own.
    return cell && (cell.getChars() !== '' || cell.getWidth() === 0) ? linkOf(cell) : 0
  }
  return {
    ...{ isWrapped: line.isWrapped, length: line.length },
    translateToString: (...range) => line.translateToString(...range),
    getCell(x, into) {
      const cell = line.getCell(x, into) as LinkedCell | undefined
      if (cell === undefined) return cell
      const link = linkOf(cell)
      cell.before = link !== 0 && link !== linkAt(x - 1) ? begin(link) : ''
      cell.behind = link !== 0 && link !== linkAt(x + cell.getWidth()) ? CLOSE : ''
      return cell
    },
  }
}
