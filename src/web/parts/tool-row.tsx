/** A tool that a session used: one line, behind which stands the beginning of what came of it. */
import type { ConversationEntry } from '../../protocol/conversation.ts'
import { answeredBy, outcomeOf } from '../../protocol/conversation-words.ts'
import { oneLine, visible } from '../words.ts'
import { Age } from './age.tsx'

export function ToolRow({ tool }: { tool: NonNullable<ConversationEntry['tool']> }) {
  const { name, what, result = '', failed, permission } = tool
  const line = (
    <>
      <b>{oneLine(name, 100)}</b> <code>{oneLine(what)}</code>{' '}
      <span className={failed ? 'outcome bad' : 'outcome'}>{outcomeOf(tool)}</span>
      {permission && (
        <span className="outcome">
          , {oneLine(answeredBy(permission))} <Age at={permission.at} /> ago
        </span>
      )}
    </>
  )
  if (result.trim() === '') return <div className="used">{line}</div>
  return (
    <details className="used">
      <summary>{line}</summary>
      <pre tabIndex={0}>{visible(result)}</pre>
    </details>
  )
}
