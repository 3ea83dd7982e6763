/** What a session's programs serve, in one line. Pure. */
import type { PreviewView } from '../protocol/preview.ts'

/** The program, and which of several: of those that listen somewhere only one may be the page that is looked for. */
export function servingLine({ session, ended, servers, omitted }: PreviewView): string {
  if (ended !== null) return `${ended} f shows its work in your own checkout`
  if (servers.length === 0) return `no program of ${session.name} listens on a port now`
  const named = servers.map(
    ({ url, port, program, exposed }) =>
      `${url ?? `port ${port}, where another program listens too`} (${program}${exposed ? ', open to the network' : ''})`,
  )
  return `${session.name} listens now: ${named.join(', ')}${omitted > 0 ? ` and ${omitted} more` : ''}`
}
