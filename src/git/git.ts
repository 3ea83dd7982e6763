/** Typed plain git. See facts: lock-safe, config-safe, never with a session's own git directory. */

/** A repository as found from a directory of the person's. */
export interface Repository {
  /** Top of the main checkout, real path. */
  root: string
  /** The shared git directory (`.git` of the main checkout), real path. */
  commonDir: string
  /** Stable id: derived from commonDir's real path. */
  id: string
}
