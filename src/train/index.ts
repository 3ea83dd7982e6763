/** The train: the merge queue of one repository's target branch. */
export { changeProjection, isActive } from './change.ts'
export { type TrainState, trainProjection } from './pause.ts'
export { ejectionPrompt } from './prompt.ts'
export type { EnqueueRequest } from './queue.ts'
export { createTrain, type Train, type TrainOptions } from './train.ts'
export { byHand, makeUndo, type Reverted, type Step, undoMessage, type UndoRequest } from './undo.ts'
