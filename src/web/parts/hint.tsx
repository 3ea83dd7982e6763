/** The key of a button, where it has one now. Where it has not it keeps its room: nothing moves when the keys mean another row. */
export function Hint({ keys, children }: { keys: boolean; children: string }) {
  return (
    <kbd className={keys ? undefined : 'unheard'} aria-hidden="true">
      {children}
    </kbd>
  )
}
