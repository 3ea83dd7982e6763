/**
 * The key of a button.
 * @param keys whether it is heard now: else it keeps its room, so that nothing moves when it is; null: it never is
 */
export function Hint({ keys, children }: { keys: boolean | null; children: string }) {
  if (keys === null) return null
  return (
    <kbd className={keys ? undefined : 'unheard'} aria-hidden="true">
      {children}
    </kbd>
  )
}
