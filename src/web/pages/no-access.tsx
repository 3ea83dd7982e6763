/** What a browser sees that has no access, or no longer. */
import { commandFor } from '../../client/browser.ts'

const COMMAND = commandFor(location)

export function NoAccess({ why }: { why: string | null }) {
  return (
    <main className="no-access">
      <h1>This browser has no access</h1>
      {why !== null && <p>{why}</p>}
      <p>Run this in a terminal of yours, and open the address that it prints:</p>
      <pre>{COMMAND}</pre>
      <p className="soft">
        It is good for one browser, for five minutes. `{COMMAND} --list` shows which have access.
      </p>
    </main>
  )
}
