/**
 * Text that comes into a terminal without a key, as from an emoji picker, dictation or an accent chosen from a menu.
 * With its help for screen readers on, xterm.js 6 takes none of it, so that nothing comes twice.
 */

/** @param insert is given what no key has brought */
export function hearInserted(field: HTMLElement, insert: (text: string) => void): void {
  let keyed = false
  // Before the emulator, which may keep them to itself.
  field.addEventListener('keydown', () => (keyed = true), true)
  for (const end of ['keyup', 'blur']) field.addEventListener(end, () => (keyed = false), true)
  field.addEventListener('input', (event) => {
    const { inputType, data, isComposing } = event as InputEvent
    if (!keyed && !isComposing && inputType === 'insertText' && data) insert(data)
  })
}
