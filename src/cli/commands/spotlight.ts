/** `worktrain spotlight [NAME|--off]`. */
import { resolve } from 'node:path'
import type { EditsView, HeadAt, KeptView, Outputs, SpotlightView } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import { keptThings, showing, wayBack } from '../../protocol/spotlight-off.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import { age, ago, count, oneLine, short } from '../../terminal/text.ts'
import type { Context } from '../context.ts'
import { sessionRef } from '../names.ts'

interface Options {
  off?: true
  toSession?: true
  leave?: true
  kept?: true
  checkout?: string
}

export async function run(ctx: Context, [name]: [string?], options: Options): Promise<void> {
  const { off = false, toSession = false, leave = false, kept = false } = options
  if (name !== undefined && off) throw new WorktrainError('USAGE', 'Either a session or --off, not both.')
  if ((toSession || leave) && !off)
    throw new WorktrainError('USAGE', '--to-session and --leave go with --off.')
  if (toSession && leave) throw new WorktrainError('USAGE', 'Either --to-session or --leave, not both.')
  if (kept && (off || name !== undefined || options.checkout !== undefined))
    throw new WorktrainError('USAGE', '--kept goes alone: it lists what is kept of all checkouts.')
  const client = await ctx.supervisor()
  const checkout = options.checkout === undefined ? null : resolve(ctx.cwd, options.checkout)
  if (off) {
    const done = await client.call('spotlightOff', { repo: ctx.directory, checkout, leave, toSession })
    return ctx.show<'spotlightOff'>(done, renderOff)
  }
  const repo = ctx.root === null ? null : ctx.directory
  if (kept) {
    const all = await client.call('spotlightsKept', { repo })
    return ctx.show<'spotlightsKept'>(all, (views) => renderKept(views, ctx.now()))
  }
  if (name === undefined) {
    const all = await client.call('spotlights', { repo })
    return ctx.show<'spotlights'>(all, (views) => renderSpotlights(views, ctx.now()))
  }
  const shown = await client.call('spotlight', { ...sessionRef(ctx, name), checkout })
  ctx.show<'spotlight'>(shown, (one) => renderShown(one, ctx.now()))
}

export function renderShown({ spotlight, edits, notes }: Outputs['spotlight'], now: number): string {
  return [
    lineOf(spotlight, now),
    `what you had there (${placeOf(spotlight.head)}) is kept; back to it: ${oneLine(wayBack(spotlight.checkout, spotlight.repository.root))}`,
    ...editLines(edits),
    ...notes.map(oneLine),
  ].join('\n')
}

export function renderSpotlights(views: readonly SpotlightView[], now: number): string {
  if (views.length === 0) return 'no checkout shows a session'
  return views.flatMap((view) => [lineOf(view, now), ...oddLines(view)]).join('\n')
}

export function renderKept(views: readonly KeptView[], now: number): string {
  if (views.length === 0) return 'nothing is kept of a look'
  return views
    .flatMap(({ checkout, repository, name, since, until, ...look }) => [
      `${oneLine(checkout)}, ${name === null ? 'before a look' : `where ${oneLine(name)} was looked at`}: kept ${ago(now - since)}, ${until === null ? `and stays until you go back: ${oneLine(wayBack(checkout, repository.root))}` : `forgotten on ${dayOf(until)}`}`,
      ...keptThings(look).map(({ what, command }) => `  ${oneLine(what)}: ${command}`),
    ])
    .join('\n')
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

export function renderOff({ ended, edits, notes }: Outputs['spotlightOff']): string {
  if (ended === null) return ['no session is shown there: nothing was done', ...notes.map(oneLine)].join('\n')
  const where = oneLine(ended.checkout)
  const head =
    ended.how === 'left'
      ? `${where} is left as it is, at ${placeOf(ended.head)}`
      : `${where} is back at ${placeOf(ended.head)}, with what you had there`
  const kept =
    ended.until === null ? [] : [`it is kept until ${dayOf(ended.until)}: worktrain spotlight --kept`]
  return [head, ...notes.map(oneLine), ...editLines(edits), ...kept].join('\n')
}

function lineOf({ checkout, shown }: SpotlightView, now: number): string {
  if (shown === null) return `${oneLine(checkout)}: on its way`
  const behind = shown.behind === 0 ? 'its newest' : `${count(shown.behind, 'saved state')} behind`
  return `${oneLine(checkout)} shows ${oneLine(shown.name)}, snapshot ${shown.n} (${behind}), for ${age(now - shown.since)}`
}

function oddLines({ odd, shown }: SpotlightView): string[] {
  if (odd !== null) return [`  ${oneLine(odd)}`]
  if (shown === null || shown.behind === 0) return []
  return [`  as it is now: worktrain spotlight ${shellQuoted(oneLine(shown.name))}`]
}

function editLines(edits: EditsView | null): string[] {
  if (edits === null) return []
  const { commit, files, sent } = edits
  const shown = files.slice(0, 5).map(oneLine).join(', ')
  const more = files.length > 5 ? ` and ${files.length - 5} more` : ''
  return [
    `what you changed while you looked is kept as ${short(commit)}: ${shown}${more}`,
    sent
      ? '  the session is asked to take it over'
      : `  see it: ${showing(commit)}; have it here: git checkout ${short(commit)} -- FILE`,
  ]
}

function placeOf({ branch, commit }: HeadAt): string {
  return branch === null ? `${short(commit)}, on no branch` : oneLine(branch)
}
