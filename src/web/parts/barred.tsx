/** Why buttons beside it cannot be pressed on this phone; where there are none, there is nothing to say. */
import { looksOnly } from '../connection.ts'

export function Barred({ why }: { why: string | null }) {
  return why === null || looksOnly() ? null : <p className="soft barred">{why}</p>
}
