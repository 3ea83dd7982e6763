/** Which checks a build needs, by the configured map from paths to checks. Pure. */
import { type CheckSpec, matcherOf, type SkippedCheck } from '../../protocol/index.ts'

/** One inside another is not taken apart: what it takes out counts as not named. */
const NEGATION = /!\([^()]*\)/
const NEGATIONS = /!\([^()]*\)/g

/**
 * A check with `paths` is skipped where none of them changed and the base is proven green by it: then its
 * verdict is known, as far as the map is right. What is skipped is a command, never a tree: the tree that lands
 * is the one on which the others ran.
 *
 * The map may be silent about a path, such as a lockfile nobody thought of. So everything runs unless each
 * changed path is either looked at by a check that runs, or taken out by name with `!(...)`: only so may a change
 * land with every check skipped.
 * @param checks commands, in order
 * @param changed paths that differ from the base, of a rename both names; none: nothing is skipped
 * @param provenBase is the base's tree proven green by this check, in today's environment?
 * @returns the commands that must run, in order, and the others with the reason
 */
export function neededChecks(
  checks: readonly string[],
  specOf: (command: string) => CheckSpec,
  changed: readonly string[],
  provenBase: (command: string) => boolean,
): { needed: string[]; skipped: SkippedCheck[] } {
  const everything = { needed: [...checks], skipped: [] }
  const rules = checks.map((command) => ({ command, ...ruleOf(specOf(command).paths) }))
  const canSkip = rules.filter(
    ({ command, globs, matches }) => globs.length > 0 && !changed.some(matches) && provenBase(command),
  )
  if (changed.length === 0 || canSkip.length === 0) return everything
  const running = rules.filter((rule) => !canSkip.includes(rule))
  const known = (path: string) =>
    running.some(({ globs, matches }) => globs.length === 0 || matches(path)) ||
    // Whose rule matches is running: of the others it can only have been taken out.
    rules.some(({ widened }) => widened(path))
  if (!changed.every(known)) return everything
  return {
    needed: running.map(({ command }) => command),
    skipped: canSkip.map(({ command, globs }) => ({
      command,
      why: `nothing changed in ${named(globs)}, and what it stands on is proven green by it`,
    })),
  }
}

/** `widened`: what the globs would match if they took nothing out. */
function ruleOf(globs: readonly string[]) {
  const without = globs.filter((glob) => NEGATION.test(glob)).map((glob) => glob.replaceAll(NEGATIONS, '*'))
  // `!(docs)/**` takes in files at the top as well, `*/**` does not.
  const widened = [...without, ...without.map((glob) => glob.replace(/\/\*\*$/, ''))]
  return { globs, matches: matcherOf(globs), widened: matcherOf(widened) }
}

function named(globs: readonly string[]): string {
  return globs.length <= 3 ? globs.join(', ') : `${globs.slice(0, 3).join(', ')} and ${globs.length - 3} more`
}
