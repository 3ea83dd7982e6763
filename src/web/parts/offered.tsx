/** What changes something: it is not there where one may only look, which the page says once. */
import type { ReactNode } from 'react'
import { looksOnly } from '../connection.ts'

export function Offered({ children }: { children: ReactNode }) {
  return looksOnly() ? null : children
}
