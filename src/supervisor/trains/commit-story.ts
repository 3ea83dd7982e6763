/** How a commit got to the target, as one paragraph. Pure. */
import type { LandingView } from '../../protocol/api.ts'
import type { Actor, Proof } from '../../protocol/index.ts'

/** What a commit says of itself. */
export interface Described {
  subject: string
  author: string
  committer: string
  /** When it was committed, ms. */
  at: number
  /** Id of the change that its message names; null: none. */
  trailer: string | null
}

export interface CommitFacts extends Described {
  commit: string
  target: string
  through: string
  /** The commit of the target's line that brought it; null: it is one itself. */
  bringer: Described | null
  landing: LandingView | null
  /** The change it came with. */
  member: LandingView['members'][number] | null
  put: { at: number; actor: Actor } | null
}

const short = (oid: string): string => oid.slice(0, 10)
/** Minutes are enough, and one time zone. */
const when = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

export function commitStory(facts: CommitFacts): string {
  return facts.landing === null ? byHand(facts) : landed(facts, facts.landing)
}

function landed({ commit, target, member, put, through }: CommitFacts, landing: LandingView): string {
  const others = landing.members.filter((one) => one !== member).map(({ name }) => name)
  const said = [
    member === null
      ? `It came to ${target} on ${when(landing.at)}`
      : `${commit === member.commit ? 'It is the merge of' : 'It came with'} the change ${member.name} (${short(member.head)} of ${member.branch}), which landed on ${target} on ${when(landing.at)}`,
  ]
  if (others.length > 0) said.push(`together with ${others.join(', ')}`)
  const first = `${said.join(' ')}.`
  const who = put === null ? '' : ` It was put on the train by ${nameOf(put.actor)} on ${when(put.at)}.`
  const base = ` ${target} moved from ${short(landing.old)} to ${short(landing.new)}${through === landing.new ? '' : `, past ${short(through)}`}.`
  return `${first}${who}${base} ${proven(landing, commit === landing.new)}`
}

/** @param own the commit is the one that main moved to: what was tested is its own tree */
function proven({ tree, checks, skipped, members, ...landing }: LandingView, own: boolean): string {
  if (checks.length === 0) return `Which checks proved the tree ${short(tree)} is not in the journal.`
  const ran = checks.map((check) => `\`${check.command}\` ${result(check)}`).join(', ')
  const left = skipped.map(({ command, why }) => ` \`${command}\` was not needed: ${why}.`).join('')
  const together = members.length > 1 ? ', with everything that landed together,' : ''
  const what = own ? 'Its tree' : `The tree of ${short(landing.new)}${together}`
  return `${what} is ${short(tree)}, and exactly that was tested: ${ran}.${left}`
}

function result({ exit, ms, tests }: Proof): string {
  const parsed = tests ? `, ${tests.passed} tests passed` : ''
  return `ended with exit ${exit} after ${(ms / 1000).toFixed(1)} s${parsed}`
}

function nameOf(actor: Actor): string {
  if (actor.kind === 'person') return `you (${actor.via})`
  return actor.kind === 'agent'
    ? `the agent of session ${actor.session}`
    : 'Worktrain itself, as asked before'
}

function byHand({ commit, target, through, author, committer, at, bringer, trailer }: CommitFacts): string {
  const own = bringer?.trailer ?? trailer
  const lost =
    own === null
      ? ''
      : ` The message of ${short(through)} says that a train landed it as change ${own}, but this journal does not know that landing.`
  const who =
    bringer === null
      ? `${committer || author} committed it on ${when(at)}${author !== committer && author !== '' ? `, ${author} wrote it` : ''}`
      : `it came with ${short(through)}, "${bringer.subject}", committed by ${bringer.committer} on ${when(bringer.at)}`
  const passed = bringer === null ? commit : through
  return `No landing of this train brought it: ${who}, and ${target} was moved to ${short(passed)} or past it by hand.${lost}`
}
