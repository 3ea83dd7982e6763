export * from './anchor.ts'
export { nameOf, pathNamed } from './bytes.ts'
export { type Comparison, compareStates } from './compare.ts'
export {
  type Approved,
  type Comment,
  freshReview,
  reviewProjection,
  type ReviewState,
  stateOf,
} from './evolve.ts'
export { type Objects, objectsOf } from './objects.ts'
export { placeComments, textLines } from './place.ts'
export { reviewPrompt } from './prompt.ts'
export * from './states.ts'
export { turnsOf } from './turns.ts'
