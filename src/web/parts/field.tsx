/** A field of a form, with its name and what is worth knowing of it. */
import type { ReactNode } from 'react'

export function Field({ name, about, children }: { name: string; about?: string; children: ReactNode }) {
  return (
    <label className="field">
      <span>{name}</span>
      {children}
      {about !== undefined && <small>{about}</small>}
    </label>
  )
}
