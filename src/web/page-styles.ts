/**
 * The terminal emulator writes its colours and measures into style elements and style attributes; the policy of
 * the page allows neither, as whoever gets some text into a page could write them as well. Both are put where only
 * a script of the page can put them.
 */

/** From now on what a script writes into a style element it makes is a sheet of the page, a style attribute a property. */
export function scriptStyles(page: Document): void {
  const create = page.createElement.bind(page) as (
    tag: string,
    options?: ElementCreationOptions,
  ) => HTMLElement

  /** Stands for a style element. */
  const styles = (): HTMLElement => {
    const sheet = new CSSStyleSheet()
    page.adoptedStyleSheets.push(sheet)
    const element = create('template')
    element.remove = () => {
      page.adoptedStyleSheets = page.adoptedStyleSheets.filter((each) => each !== sheet)
      Element.prototype.remove.call(element)
    }
    return Object.defineProperty(element, 'textContent', {
      set(css: string) {
        sheet.replaceSync(css)
      },
    })
  }

  page.createElement = ((tag: string, options?: ElementCreationOptions) => {
    if (tag === 'style') return styles()
    const element = create(tag, options)
    // The emulator's letters.
    if (tag === 'span') element.setAttribute = setAttribute
    return element
  }) as Document['createElement']
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
