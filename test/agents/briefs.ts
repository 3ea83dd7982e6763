/** A brief that asks for nothing in particular. */
import type { Brief } from '../../src/protocol/index.ts'

export const brief: Brief = {
  goal: 'g',
  owns: [],
  avoid: [],
  after: [],
  agent: 'claude',
  command: [],
  model: null,
  permissionMode: null,
  headless: false,
  checks: [],
  land: false,
}
