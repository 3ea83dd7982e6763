/** Names of sessions. A name is a directory and the end of a branch, on every file system. */
import { WorktrainError } from '../protocol/index.ts'

const NAME_MAX = 60
const FROM_GOAL_MAX = 40
const WORDS_MAX = 5

/** Git's own pseudo-refs: `worktrain/HEAD` would be a branch nobody can talk about. */
const RESERVED = new Set(['head', 'fetch_head', 'orig_head', 'merge_head', 'cherry_pick_head', 'rebase_head'])

/** Words that say nothing of what a goal is about. */
const FILLERS = new Set(
  (
    'a an and any are as at be but by can could do does for from get have how i in into is it its let lets make me my need of on or our ' +
    'please should so some such than that the their them then there these this those to up us use using want was we were when which ' +
    'will with would you your'
  ).split(' '),
)

/** Letters that Unicode's decomposition leaves whole. */
const FOLDED: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
}

/**
 * @returns the name, as it was given
 * @throws NAME_INVALID
 */
export function validateName(name: string): string {
  const why = whyInvalid(name)
  if (why)
    throw new WorktrainError('NAME_INVALID', `The name ${JSON.stringify(name)} ${why}.`, {
      details: { name },
    })
  return name
}

/**
 * A readable name of the goal's telling words: `Fix the bug in sales attribution` is
 * `fix-bug-sales-attribution`.
 * @param taken names in use; compared without case, because some file systems do
 * @returns a valid name that is not taken, at most 40 characters long
 */
export function nameFromGoal(goal: string, taken: Iterable<string> = []): string {
  const words = fold(goal).match(/[a-z0-9]+/g) ?? []
  const telling = words.filter((word) => !FILLERS.has(word))
  const chosen = (telling.length > 0 ? telling : words).slice(0, WORDS_MAX)
  let name = ''
  for (const word of chosen) {
    const longer = name === '' ? word.slice(0, FROM_GOAL_MAX) : `${name}-${word}`
    if (longer.length > FROM_GOAL_MAX) break
    name = longer
  }
  if (name === '') name = 'session'
  const used = new Set([...taken].map((one) => one.toLowerCase()))
  const free = (candidate: string) => !used.has(candidate) && whyInvalid(candidate) === null
  if (free(name)) return name
  for (let n = 2; ; n += 1) {
    const candidate = `${name.slice(0, FROM_GOAL_MAX - `-${n}`.length).replace(/-+$/, '')}-${n}`
    if (free(candidate)) return candidate
  }
}

function whyInvalid(name: string): string | null {
  if (name === '') return 'is empty'
  if (name.length > NAME_MAX) return `is longer than ${NAME_MAX} characters`
  if (!/^[A-Za-z0-9]/.test(name)) return 'does not begin with a letter or digit'
  const odd = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  if (odd !== undefined) return `holds ${odd === ' ' ? 'a space' : JSON.stringify(odd)}`
  if (name.includes('..')) return 'holds ".."'
  if (name.endsWith('.')) return 'ends with "."'
  if (name.toLowerCase().endsWith('.lock')) return 'ends with ".lock", which git refuses in branches'
  if (RESERVED.has(name.toLowerCase())) return 'is reserved by git'
  return null
}

function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/['’]/g, '')
    .replace(/[ßæœøđðþłı]/g, (letter) => FOLDED[letter] ?? '')
}
