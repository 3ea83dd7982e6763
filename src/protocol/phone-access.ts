/** A phone that has access to the web board, and what for. */

export const PHONE_SCOPES = ['look', 'answer'] as const
/** `look`: nothing is changed; `answer`: also what waits for the person is settled. */
export type PhoneScope = (typeof PHONE_SCOPES)[number]

/** A phone that has access. */
export interface PhoneAccess {
  /** As the person calls it. */
  name: string
  scope: PhoneScope
}
