/** What git says by its configuration is asked again when a file of that has changed. */
import { statSync } from 'node:fs'
import { join } from 'node:path'

/** Files that a configuration includes are not watched: after so long it is asked again, ms. */
const KEPT_MS = 30_000
/** Answers kept to each question; then all are asked again. */
const KEPT = 256

/**
 * @param ask about the repository of a git directory
 * @param key what else the answer depends on
 * @returns the same, of which answers are kept; what was refused is asked again
 */
export function configured<About extends { commonDir: string }, Answer>(
  ask: (about: About) => Promise<Answer>,
  key: (about: About) => string = () => '',
): typeof ask {
  const kept = new Map<string, { at: number; answer: Answer }>()
  return async (about) => {
    const { commonDir } = about
    const now = [commonDir, key(about), ...configFiles(commonDir).map(stamp)].join('\n')
    const known = kept.get(now)
    if (known !== undefined && performance.now() - known.at < KEPT_MS) return known.answer
    const at = performance.now()
    const answer = await ask(about)
    if (kept.size >= KEPT) kept.clear()
    kept.set(now, { at, answer })
    return answer
  }
}

function configFiles(commonDir: string): string[] {
  const { HOME = '', XDG_CONFIG_HOME = join(HOME, '.config') } = process.env
  return [
    join(commonDir, 'config'),
    join(commonDir, 'config.worktree'),
    join(HOME, '.gitconfig'),
    join(XDG_CONFIG_HOME, 'git', 'config'),
  ]
}

/** Tells one state of a file from another; what may not be looked at, git does not read either. */
function stamp(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return `${ino}:${size}:${mtimeMs}:${ctimeMs}`
  } catch {
    return ''
  }
}
