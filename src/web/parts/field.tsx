/** A field of a form, with its name and what is worth knowing of it. */
import type { ReactNode } from 'react'

export function Field({
  name,
  about,
  wide = false,
  children,
}: {
  name: string
  about?: string
  wide?: boolean
  children: ReactNode
}) {
  return (
    <label className={wide ? 'field wide' : 'field'}>
      <span>{name}</span>
      {children}
      {about !== undefined && <small>{about}</small>}
    </label>
  )
}
