/** How a person goes back from a look, and has again what is kept of it. Pure. */
import type { KeptView } from './spotlight.ts'
import { shellQuoted } from './shell-quote.ts'

/**
 * The command that goes back.
 * @param root of the repository: its main checkout need not be named
 */
export function wayBack(checkout: string, root: string): string {
  return `worktrain spotlight --off${checkout === root ? '' : ` --checkout ${shellQuoted(checkout)}`}`
}

/**
 * What is kept of a look, each with the command that brings or shows it, in its checkout.
 * @returns the names of branches as they are: nothing in them is escaped
 */
export function keptThings({
  head: { branch, commit },
  kept,
  edits,
}: Pick<KeptView, 'head' | 'kept' | 'edits'>): { what: string; command: string }[] {
  const place = branch ?? `${short(commit)}, on no branch`
  return [
    ...(kept === null
      ? []
      : [{ what: `what you had there (${place})`, command: `git stash apply --index ${short(kept)}` }]),
    ...edits.map((edit) => ({
      what: 'what you changed while you looked',
      command: showing(edit),
    })),
  ]
}

/** What a commit of edits changed. It has the index as a second parent: plain `git show` leaves out what that holds as well. */
export function showing(edits: string): string {
  return `git show --first-parent ${short(edits)}`
}

const short = (oid: string): string => oid.slice(0, 10)
