export * from './base.ts'
export {
  addWorktree,
  attachHead,
  changeEntries,
  deleteRef,
  FETCH,
  fetchRefs,
  moveRefs,
  type RefMove,
  updateRef,
  writeCheckout,
} from './broker.ts'
export { type Checkout, checkouts, requirePlainEntries } from './checkouts.ts'
export * from './entries.ts'
export { type GitOptions, type GitResult, gitEnvironment, gitVersion, requireVersion } from './execute.ts'
export { git, inRepository, privateGit, type Repository } from './git.ts'
export { LARGEST_POINTER, type Pointer, pointersAmong, pointersIn, readPointer } from './lfs.ts'
export { brokerDir, withRepositoryLock } from './lock.ts'
export { orphansEnded, removeDeadLocks } from './locks.ts'
export { nameShells } from './standby.ts'
export { maintain, type Maintained, type Weight, weigh } from './maintain.ts'
export * from './merge.ts'
export * from './place.ts'
export * from './refs.ts'
export * from './remote.ts'
export * from './repository.ts'
