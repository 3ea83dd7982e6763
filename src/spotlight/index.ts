export { goBack, type Back, leave, orTakenBack, settle, standingOf } from './back.ts'
export type { Edits } from './edits.ts'
export { begin, change, type Stage, stateOf } from './show.ts'
export { spotlightProjection, type SpotlightState } from './state.ts'
