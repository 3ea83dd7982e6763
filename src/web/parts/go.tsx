/** A link within the board. */
import type { ReactNode } from 'react'
import { addressOf, type Page } from '../address.ts'
import { go } from '../router.ts'

export function Go({
  to,
  className,
  current,
  children,
}: {
  to: Page
  className?: string
  current?: boolean
  children: ReactNode
}) {
  return (
    <a
      href={addressOf(to)}
      className={className}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        // In a new tab or window the browser does it itself.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        go(to)
      }}
    >
      {children}
    </a>
  )
}
