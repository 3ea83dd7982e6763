/** Which briefs claim the same paths. */
import { matcherOf } from '../protocol/index.ts'
import { globsMeet } from './intersect.ts'

export interface Claim {
  name: string
  /** Globs relative to the repository. */
  owns: readonly string[]
  /** Names it waits for: it does not run beside them, so it does not overlap with them. */
  after?: readonly string[]
}

export interface Overlap {
  a: string
  b: string
  /** The globs that meet: `glob of a & glob of b`, or the one glob both have. */
  globs: string[]
  /** Tracked files that both claim, at most {@link EXAMPLES}; empty: only files that are still to be made. */
  paths: string[]
}

/** Enough for a person to see what is meant. */
const EXAMPLES = 5

/**
 * Pairs of briefs that may run at the same time and whose owned globs meet: in a tracked file, or in a
 * path somebody could create.
 * @param files tracked files, relative to the repository
 * @param shared globs of areas that have one owner at a time, whichever files in them are meant
 */
export function overlaps(
  briefs: readonly Claim[],
  files: readonly string[],
  shared: readonly string[] = [],
): Overlap[] {
  const waits = waitsOf(briefs)
  const owned = briefs.map((brief) => {
    const matches = matcherOf(brief.owns)
    return { brief, files: new Set(files.filter((file) => matches(file))) }
  })
  return owned.flatMap((one, index) =>
    owned.slice(index + 1).flatMap((other) => {
      const [a, b] = [one.brief, other.brief]
      if (waits.get(a.name)?.has(b.name) || waits.get(b.name)?.has(a.name)) return []
      const globs = a.owns.flatMap((left) =>
        b.owns
          .filter((right) => globsMeet(left, right))
          .map((right) => (left === right ? left : `${left} & ${right}`)),
      )
      const reaches = (claim: Claim, area: string) => claim.owns.some((glob) => globsMeet(glob, area))
      globs.push(...shared.filter((area) => reaches(a, area) && reaches(b, area)))
      if (globs.length === 0) return []
      const paths = [...one.files].filter((file) => other.files.has(file)).slice(0, EXAMPLES)
      return [{ a: a.name, b: b.name, globs: [...new Set(globs)], paths }]
    }),
  )
}

/** For each brief everything it waits for, directly or through others. */
function waitsOf(briefs: readonly Claim[]): Map<string, Set<string>> {
  const direct = new Map(briefs.map((brief) => [brief.name, brief.after ?? []]))
  return new Map(
    briefs.map(({ name }) => {
      const all = new Set<string>()
      const waiting = [...(direct.get(name) ?? [])]
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (all.has(next)) continue
        all.add(next)
        waiting.push(...(direct.get(next) ?? []))
      }
      return [name, all]
    }),
  )
}
