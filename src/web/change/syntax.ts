/** Colours for the code of a hunk. The languages are fetched when the first one is looked at. */
import { useEffect, useState } from 'react'
import { coloured, type Highlight, languageOf } from '../../board/code/colours.ts'
import type { Span } from '../../board/code/pieces.ts'
import type { ReviewHunk, ReviewLine } from '../../protocol/review.ts'

type Languages = { highlight: Highlight }
let languages: Languages | null = null

/** @returns the spans of a hunk's lines; empty until the languages are there */
export function useColours(path: string, hunk: ReviewHunk): ReadonlyMap<ReviewLine, readonly Span[]> {
  const [colours, setColours] = useState<ReadonlyMap<ReviewLine, readonly Span[]>>(new Map())
  useEffect(() => {
    const language = languageOf(path)
    if (language === null) return
    let wanted = true
    const colour = ({ highlight }: Languages): void =>
      setColours(coloured(hunk, (code) => highlight(code, language)))
    if (languages !== null) colour(languages)
    else
      void import('../../board/code/languages.ts').then((loaded) => {
        languages = loaded
        if (wanted) colour(loaded)
      })
    return () => {
      wanted = false
    }
  }, [path, hunk])
  return colours
}
