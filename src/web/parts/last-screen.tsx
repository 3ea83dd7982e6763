/** What stands on a terminal, as text, from its end: what a program said last is what one looks for. */
import { useLayoutEffect, useRef } from 'react'
import { visible } from '../words.ts'

export function LastScreen({ lines, label }: { lines: readonly string[]; label: string }) {
  const place = useRef<HTMLPreElement>(null)
  // Who has scrolled up stays there.
  const atEnd = useRef(true)
  const text = lines.join('\n').trimEnd()
  useLayoutEffect(() => {
    if (atEnd.current) place.current?.scrollTo({ top: place.current.scrollHeight })
  }, [text])
  return (
    <pre
      ref={place}
      className="screen text"
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 2
      }}
    >
      {visible(text)}
    </pre>
  )
}
