/** `worktrain comment NAME FILE:LINE TEXT…`. */
import { resolve, relative, sep } from 'node:path'
import type { ReviewComment } from '../../protocol/api.ts'
import { WorktrainError } from '../../protocol/errors.ts'
import type { Context } from '../context.ts'
import type { Look } from '../../terminal/look.ts'
import { textOf } from '../input.ts'
import { sessionRef } from '../names.ts'
import { commentText } from '../../terminal/review/hunks.ts'
import { count, oneLine } from '../../terminal/text.ts'

interface CommentOptions {
  list?: true
  remove?: string
  resolve?: string
  reopen?: string
  send?: true
}

export async function run(
  ctx: Context,
  [name, [place, ...words]]: [string, string[]],
  options: CommentOptions,
): Promise<void> {
  const asked = Object.keys(options).filter((flag) =>
    ['list', 'remove', 'resolve', 'reopen', 'send'].includes(flag),
  )
  if (asked.length > 1) throw new WorktrainError('USAGE', `Either --${asked[0]} or --${asked[1]}, not both.`)
  const client = await ctx.supervisor()
  const ref = sessionRef(ctx, name)
  if (options.remove !== undefined) {
    const comment = options.remove
    ctx.show<'commentRemove'>(
      await client.call('commentRemove', { ...ref, comment }),
      () => `${comment} removed`,
    )
  } else if (options.resolve !== undefined || options.reopen !== undefined) {
    const comment = options.resolve ?? options.reopen ?? ''
    const done = await client.call('commentResolve', {
      ...ref,
      comment,
      resolved: options.resolve !== undefined,
    })
    ctx.show<'commentResolve'>(done, ({ id, state }) =>
      state === 'resolved' ? `${id} resolved` : `${id} is a draft again; it goes with the next --send`,
    )
  } else if (options.send) {
    const note = [place ?? '', ...words].join(' ').trim()
    const done = await client.call('reviewSend', { ...ref, note })
    ctx.show<'reviewSend'>(done, ({ session, sent, waits }) => {
      const what = sent.length === 0 ? 'your note' : count(sent.length, 'comment')
      return waits
        ? `${what} given to ${session.name}, which gets it when it is idle`
        : `${what} sent to ${session.name}`
    })
  } else if (options.list || place === undefined) {
    ctx.show<'comments'>(await client.call('comments', ref), renderComments)
  } else {
    const text = await textOf(ctx, words)
    const comment = await client.call('comment', { ...ref, ...placeOf(ctx, place), text })
    ctx.show<'comment'>(
      comment,
      ({ id, path, line }) =>
        `${id} on ${oneLine(path)}:${line ?? ''}; send all with: worktrain comment ${name} --send`,
    )
  }
}

/** `FILE:12`, `FILE:12-14`, and `FILE:-12` for a line that was taken away. @throws USAGE */
export function placeOf(
  ctx: Pick<Context, 'root' | 'cwd'>,
  text: string,
): { path: string; side: 'new' | 'old'; line: number; count: number } {
  const [, file = '', minus = '', first = '', last = first] = /^([^]+):(-?)(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const [line, end] = [Number(first), Number(last)]
  if (file === '' || line < 1 || end < line)
    throw new WorktrainError('USAGE', `"${text}" is no place such as src/app.ts:12.`, {
      hint: 'FILE:LINE, FILE:FIRST-LAST, or FILE:-LINE for a line that was taken away.',
    })
  return { path: fromTop(ctx, file), side: minus === '-' ? 'old' : 'new', line, count: end - line + 1 }
}

/** As typed from the top of the work tree; a path that begins with a dot, or is absolute, from where it is typed. */
function fromTop({ root, cwd }: Pick<Context, 'root' | 'cwd'>, file: string): string {
  if (root === null || !/^(?:\.{1,2})?\//.test(file)) return file
  return relative(root, resolve(cwd, file)).split(sep).join('/')
}

export function renderComments(comments: readonly ReviewComment[], look: Look): string {
  if (comments.length === 0) return 'no comments'
  return comments
    .flatMap((comment) => [
      look.paint(
        'bold',
        `${oneLine(comment.path)}:${comment.side === 'old' ? '-' : ''}${comment.line ?? comment.writtenAt}`,
      ),
      ...commentText(comment, look),
    ])
    .join('\n')
}
