/** What of a session waits for the person besides questions: each with its reason and what ends it. */
import type { SessionView } from '../../protocol/api.ts'
import { useActing } from '../act.ts'
import { client } from '../connection.ts'
import { useKeys } from '../keys.ts'
import { go } from '../router.ts'
import { oneLine } from '../words.ts'
import { Age } from './age.tsx'
import { Hint } from './hint.tsx'

type Item = SessionView['attention'][number]

interface Way {
  label: string
  key?: string
  run: (s: SessionView) => Promise<SessionView | void>
}

const ref = (s: SessionView) => ({ repo: null, name: s.id })
const land: Way = {
  label: 'Land',
  key: 'l',
  run: async (s) => {
    await client.call('land', ref(s))
  },
}
const resume: Way = { label: 'Resume', key: 'r', run: (s) => client.call('resume', ref(s)) }
const update: Way = {
  label: 'Update to main',
  key: 'u',
  run: async (s) => (await client.call('update', ref(s))).session,
}

/** By kind of attention: what the board can do about it by itself. */
const WAYS: Record<string, readonly Way[]> = {
  'setup-failed': [resume],
  interrupted: [resume],
  conflict: [update],
  ready: [land],
  done: [land],
  ejected: [update],
  'train-waiting': [
    {
      label: 'See the train',
      run: async (s) => go({ page: 'train', repo: s.repository.root }),
    },
  ],
}

export function Settle({ session, item, keys }: { session: SessionView; item: Item; keys: boolean }) {
  const acting = useActing()
  const ways = WAYS[item.kind] ?? []
  useKeys(
    keys
      ? ways.flatMap((way) =>
          way.key ? [{ key: way.key, does: way.label, run: () => acting.run(() => way.run(session)) }] : [],
        )
      : [],
  )
  return (
    <div className="settle">
      <p className="asked">
        <span className="tool">{item.kind.replaceAll('-', ' ')}</span> {oneLine(item.why)}{' '}
        <span className="soft">
          for <Age at={item.since} />
        </span>
      </p>
      <div className="actions">
        {ways.map((way, i) => (
          <button
            key={way.label}
            type="button"
            className={i === 0 ? 'main' : ''}
            disabled={acting.busy}
            onClick={() => acting.run(() => way.run(session))}
          >
            {way.label} {way.key && <Hint keys={keys}>{way.key}</Hint>}
          </button>
        ))}
        {ways.length === 0 && <code className="command">{oneLine(item.action)}</code>}
      </div>
      {acting.failed !== null && (
        <p className="failed" role="alert">
          {acting.failed}
        </p>
      )}
    </div>
  )
}
