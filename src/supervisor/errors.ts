import { WorktrainError } from '../protocol/index.ts'

export function isWorktrainError(error: unknown): error is WorktrainError {
  return error instanceof WorktrainError
}
