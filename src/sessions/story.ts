/** The sentences stand in the protocol: `worktrain watch` says the same words of the same events. */
export { story } from '../protocol/story.ts'
