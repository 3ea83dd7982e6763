/** Version of this build; package.json carries the same (a test compares them). */
export const VERSION = '0.1.0'

declare const WORKTRAIN_BUILT: number | undefined

/** When this program was built, ms since 1970, as `scripts/build.mjs` writes it; 0: it runs from its source. */
export const BUILT = typeof WORKTRAIN_BUILT === 'undefined' ? 0 : WORKTRAIN_BUILT
