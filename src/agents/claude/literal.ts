/**
 * Prompts that Claude Code would take for something else (tried with 2.1.329, typed and as argument).
 *
 * A first word like `/help` is a command, and a first character `!` runs the line in a shell, outside any
 * tool call, hook or permission. A path such as `/etc/hosts`, `#` and `@` are sent as they are; `@file`
 * attaches the file, as the person who writes it expects.
 */

/** A command's name: `/` and a word without a second slash. Leading white space does not protect. */
const COMMAND = /^\s*\/[^\s/]*(\s|$)/

const AS_TEXT = 'As text, not as a command: '

/** The same prompt in words that only the model acts on. */
export function literalPrompt(text: string): string {
  const clean = withoutControls(text)
  if (COMMAND.test(clean)) return `${AS_TEXT}${clean.trimStart()}`
  return clean.startsWith('!') ? ` ${clean}` : clean
}

/** Without control characters: an ESC would end the paste, and the rest would be keys. */
function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
