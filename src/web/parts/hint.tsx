/** The key of a button, where it has one now. */
export function Hint({ keys, children }: { keys: boolean; children: string }) {
  return keys ? <kbd aria-hidden="true">{children}</kbd> : null
}
