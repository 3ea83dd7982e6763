/** What of a session waits for the person besides questions: each with its reason and what ends it. */
import { useState } from 'react'
import {
  type AttentionAction,
  type AttentionItem,
  type AttentionLook,
  completed,
} from '../../protocol/attention.ts'
import type { Input } from '../../protocol/api.ts'
import { type Acting, useActing } from '../act.ts'
import { barred, client, looksOnly } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { settled } from '../next.ts'
import type { View } from '../address.ts'
import { go } from '../router.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { Barred } from './barred.tsx'
import { Hint } from './hint.tsx'
import { Failed } from './failed.tsx'

/** Keys that mean the same on every page: an action that has one of them is a button only. */
const EVERYWHERE = 'nbctw?'

/** What a button says, in the manner of buttons. */
function titleOf(label: string): string {
  const line = oneLine(label)
  return line.charAt(0).toUpperCase() + line.slice(1)
}

/** Does what an action says, with what the person said for it; in a round, then to the next. */
async function settle(
  { session }: AttentionItem,
  { does, needs }: AttentionAction,
  said: string,
): Promise<void> {
  if ('show' in does) return look(does)
  const { call, input } = needs === null ? does : completed(does, needs, said)
  await client.call(call, input as Input<typeof call>)
  await settled(session?.id ?? null)
}

/** Why a phone may not do it; null: it may, or only shows. */
function barredIn({ does }: AttentionAction): string | null {
  return 'show' in does ? null : barred(does.call, does.input)
}

const VIEW_OF: Partial<Record<AttentionLook['show'], View>> = {
  review: 'Review',
  diff: 'Review',
  why: 'Story',
}

function look({ show, session, repo }: AttentionLook): void {
  if (session === null || show === 'train' || show === 'checks-log') go({ page: 'train', repo })
  else go({ page: 'session', id: session, view: VIEW_OF[show] ?? 'Terminal' })
}

/**
 * @param keys whether the keys of the page mean this item; null: they never do
 * @param taken those that the page around it has itself
 */
export function Settle({ item, keys, taken }: { item: AttentionItem; keys: boolean | null; taken: string }) {
  const keyOf = ({ key }: AttentionAction): string | null => ((EVERYWHERE + taken).includes(key) ? null : key)
  const offered = looksOnly() ? item.actions.filter(({ does }) => 'show' in does) : item.actions
  const acting = useActing(null)
  const [asking, ask] = useState<AttentionAction | null>(null)
  const begin = (action: AttentionAction): void => {
    if (barredIn(action) !== null) return
    if (action.needs === null) acting.run(() => settle(item, action, ''))
    else ask(action)
  }
  useKeys(
    keys
      ? offered.flatMap((action) => {
          const key = keyOf(action)
          return key === null ? [] : [{ key, does: action.label, run: () => begin(action) }]
        })
      : [],
    keys ? item.id : null,
  )
  return (
    <div className={`settle ${item.kind}`}>
      <p className="asked">
        <span className="tool">{item.kind.replaceAll('-', ' ')}</span>
        {/* What it said last stands beside it already. */}
        {item.kind !== 'done' && `: ${oneLine(item.why)}`}{' '}
        <span className="soft">
          for <Age at={item.since} />
        </span>
      </p>
      {asking?.needs ? (
        <Saying
          ask={asking.needs.ask}
          label={asking.label}
          optional={asking.needs.optional}
          acting={acting}
          say={(text) => {
            ask(null)
            acting.run(() => settle(item, asking, text))
          }}
          back={() => ask(null)}
        />
      ) : (
        <div className="actions">
          {offered.map((action, i) => (
            <button
              key={action.key}
              type="button"
              className={i === 0 ? 'main' : ''}
              title={oneLine(action.command)}
              disabled={acting.busy || barredIn(action) !== null}
              onClick={() => begin(action)}
            >
              {titleOf(action.label)} {keyOf(action) && <Hint keys={keys}>{action.key}</Hint>}
            </button>
          ))}
        </div>
      )}
      <Barred why={offered.map(barredIn).find((why) => why !== null) ?? null} />
      <Failed why={acting.failed} />
    </div>
  )
}

/** Words that an action needs. */
function Saying({
  ask,
  label,
  optional,
  acting,
  say,
  back,
}: {
  ask: string
  label: string
  optional: boolean
  acting: Acting
  say: (text: string) => void
  back: () => void
}) {
  const [text, setText] = useState('')
  return (
    <form
      className="deny"
      onSubmit={(event) => {
        event.preventDefault()
        say(text)
      }}
    >
      <input
        autoFocus
        required={!optional}
        aria-label={ask}
        placeholder={ask}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && back()}
      />
      <button type="submit" disabled={acting.busy}>
        {titleOf(label)}
      </button>
      <button type="button" className="plain" onClick={back}>
        Back
      </button>
    </form>
  )
}
