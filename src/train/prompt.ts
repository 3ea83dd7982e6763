/** What is said to the session whose change was ejected. Pure. */
import type { Change } from './ports.ts'
import { short } from './policy.ts'

/**
 * One prompt with the evidence and the exact commands to reproduce it.
 * @param change an ejected change
 */
export function ejectionPrompt(change: Change): string {
  const { ejected, target, name } = change
  const head = `Your branch ${change.branch} (change ${change.id} of ${name}) was not landed on ${target}.`
  if (!ejected) return head
  const base = change.base ?? target
  switch (ejected.reason) {
    case 'conflict':
      return [
        `${head} It conflicts with ${target}, which is now at ${short(change.base)}, in:`,
        list(ejected.files),
        ...(ejected.detail ? [quoted('git says', ejected.detail)] : []),
        `Reproduce and resolve it in your workspace:\n\n    git merge ${base}\n\nKeep what both sides meant, run the checks (${commands(change)}), and commit the merge. It can then be landed again.`,
      ].join('\n\n')
    case 'checks': {
      const red = change.results.findLast((result) => result.log === ejected.log) ?? change.results.at(-1)
      const command = red?.command ?? change.checks[0] ?? ''
      return [
        `${head} ${ejected.detail}`,
        `Reproduce it in your workspace, on the merge of both:\n\n    git merge ${base}\n    ${command}`,
        ...(red?.tail ? [quoted(`the end of the output of \`${command}\``, red.tail)] : []),
        `Repair your change so that the check passes on the merge, and commit. It can then be landed again.`,
      ].join('\n\n')
    }
    case 'foreign-paths':
      return [
        `${head} Merging it would change files that your branch does not touch:`,
        list(ejected.files),
        `See what the merge does:\n\n    git merge --no-commit ${base}\n    git diff --cached ${base}\n\nBring ${target} into your branch, check these files, and commit.`,
      ].join('\n\n')
    default:
      return `${head} ${ejected.detail}`
  }
}

function commands(change: Change): string {
  return change.checks.map((check) => `\`${check}\``).join(', ')
}

function list(files: readonly string[]): string {
  const shown = files.slice(0, 20).map((file) => `- ${file}`)
  return [...shown, ...(files.length > 20 ? [`- and ${files.length - 20} more`] : [])].join('\n')
}

/** Output is data, not part of the request: it is marked as such, and cannot end its own marking. */
function quoted(what: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return `${what[0]?.toUpperCase()}${what.slice(1)}:\n\n${fence}\n${text}\n${fence}`
}
