/** The whole change of a session against its base, uncommitted work included. */
import { useEffect, useState } from 'react'
import type { SessionView } from '../../protocol/api.ts'
import { client, sentenceOf } from '../connection.ts'
import { type DiffFile, type DiffLine, parseDiff } from '../diff.ts'
import { oneLine, visible } from '../words.ts'

/** Files whose lines nobody reads: folded at first. */
const GENERATED =
  /(^|\/)(package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|go\.sum|uv\.lock|dist\/|vendor\/)/
/** More lines than this are folded at first. */
const LONG = 400

export function Changes({ session }: { session: SessionView }) {
  const [files, setFiles] = useState<DiffFile[] | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const [against, setAgainst] = useState<'base' | 'main'>('base')
  const { id, head } = session
  const snapshot = session.lastSnapshot?.n ?? 0
  useEffect(() => {
    let wanted = true
    client
      .call('diff', { repo: null, name: id, against })
      .then(({ text }) => {
        if (!wanted) return
        setFiles(parseDiff(text))
        setFailed(null)
      })
      .catch((error: unknown) => wanted && setFailed(sentenceOf(error)))
    return () => {
      wanted = false
    }
  }, [id, head, snapshot, against])

  if (failed !== null)
    return (
      <p className="failed" role="alert">
        {failed}
      </p>
    )
  if (files === null) return <p className="empty">Looking…</p>
  const added = files.reduce((sum, file) => sum + file.added, 0)
  const removed = files.reduce((sum, file) => sum + file.removed, 0)
  return (
    <div className="changes">
      <p className="changes-head">
        <span>
          {files.length} {files.length === 1 ? 'file' : 'files'} <ins>+{added}</ins> <del>−{removed}</del>
        </span>
        <label>
          against{' '}
          <select value={against} onChange={(event) => setAgainst(event.target.value as 'base' | 'main')}>
            <option value="base">its base</option>
            <option value="main">today’s main</option>
          </select>
        </label>
      </p>
      {files.map((file) => (
        <details
          key={file.path}
          open={!GENERATED.test(file.path) && file.lines.length <= LONG}
          className="file"
        >
          <summary>
            <span className="path">{oneLine(file.path, 500)}</span>
            <span className="size">
              <ins>+{file.added}</ins> <del>−{file.removed}</del>
            </span>
          </summary>
          <table>
            <tbody>
              {file.lines.map((line, i) => (
                <Line key={i} line={line} />
              ))}
            </tbody>
          </table>
        </details>
      ))}
    </div>
  )
}

const SIGNS = { added: '+', removed: '−', same: ' ', hunk: '', note: '' } as const
/** A line longer than this is cut: minified files. */
const WIDTH_MAX = 2000

function Line({ line }: { line: DiffLine }) {
  const text = line.text.length > WIDTH_MAX ? `${line.text.slice(0, WIDTH_MAX)}…` : line.text
  return (
    <tr className={line.kind}>
      <td className="no">{line.old ?? ''}</td>
      <td className="no">{line.new ?? ''}</td>
      <td className="code">
        {SIGNS[line.kind]}
        {visible(text)}
      </td>
    </tr>
  )
}
