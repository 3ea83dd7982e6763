/** How a person goes back from a look. Pure. */
import { shellQuoted } from './shell-quote.ts'

/**
 * The command that goes back.
 * @param root of the repository: its main checkout need not be named
 */
export function wayBack(checkout: string, root: string): string {
  return `worktrain spotlight --off${checkout === root ? '' : ` --checkout ${shellQuoted(checkout)}`}`
}
