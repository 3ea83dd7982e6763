/** What a glob of a brief may be. The dialect is the guard's: what is planned is what is enforced. */
import picomatch from 'picomatch/posix.js'
import { WorktrainError } from '../protocol/index.ts'

/** Longer ones are mistakes, and comparing globs takes time with the product of their lengths. */
const GLOB_MAX = 500

/**
 * @returns the glob, as it was given
 * @throws GLOB_INVALID when it is not a glob of paths inside the repository
 */
export function validateGlob(glob: string): string {
  const refuse = (why: string): never => {
    throw new WorktrainError('GLOB_INVALID', `The glob ${JSON.stringify(glob)} ${why}.`, {
      details: { glob },
    })
  }
  if (glob.trim() === '') refuse('is empty')
  if (glob.length > GLOB_MAX) refuse(`is longer than ${GLOB_MAX} characters`)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(glob)) refuse('holds a control character')
  if (/^([/~]|[A-Za-z]:[\\/])/.test(glob)) refuse('is not relative to the repository')
  if (glob.startsWith('!')) refuse('begins with "!": write what is excluded under `avoid`')
  if (/^(\.\/+)+$/.test(glob)) refuse('is the whole repository: write "**"')
  if (glob.includes('//')) refuse('holds an empty directory name ("//")')
  const segments = glob.split(/[/{},]/)
  if (segments.includes('..')) refuse('leaves the repository by ".."')
  if (glob.replace(/^\.\//, '').split('/')[0] === '.git') refuse("is in git's own directory")
  try {
    picomatch.makeRe(glob, { dot: true, strictBrackets: true })
  } catch (error) {
    refuse(`cannot be read: ${(error as Error).message}`)
  }
  return glob
}

/**
 * The patterns a glob stands for, as the guard's `matcherOf` reads it: one without wildcards, or with a
 * final `/`, also means everything below; one that may be a name (`app/[id]`) also means what is called so.
 */
export function patternsOf(glob: string): string[] {
  // The whole repository, in the words of a shell.
  if (/^(\.\/+)*\.?\/*$/.test(glob)) return ['**']
  const plain = glob.replace(/^(\.\/)+/, '')
  const bare = plain.replace(/\/+$/, '')
  const patterns = picomatch.scan(bare).isGlob && bare === plain ? [bare] : [bare, `${bare}/**`]
  if (!/[[\](){}!+@]/.test(bare)) return patterns
  const named = bare.replace(/[\\*?[\](){}!+@|,]/g, String.raw`\$&`)
  return [...patterns, named, `${named}/**`]
}
