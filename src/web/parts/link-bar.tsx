/** Says when what is on the screen is not followed any more, and since when. */
import type { Link } from '../../client/browser.ts'
import { Age } from './age.tsx'

export function LinkBar({ link }: { link: Link }) {
  if (link.state !== 'lost') return null
  return (
    <p className="link-bar" role="alert">
      Not connected: what you see is as of <Age at={link.since} /> ago. {link.why} Trying again…
    </p>
  )
}
