/** Where a handoff stands in a message: a fenced block with that label. Pure. */
export const HANDOFF_BLOCK =
  /^[ \t]*(`{3,}|~{3,})[ \t]*handoff\b[^\n]*\n([\s\S]*?)(?:^[ \t]*\1[^\n]*|$(?![\s\S]))/gim

/** What of a message is not its handoff. */
export function withoutHandoff(message: string): string {
  return message.replaceAll(HANDOFF_BLOCK, '').trim()
}
