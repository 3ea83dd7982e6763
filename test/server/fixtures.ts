/** Handlers that stand for the supervisor's: what is under test is the way to them. */
import { PROCEDURES } from '../../src/protocol/api.ts'
import type { SupervisorView } from '../../src/protocol/api.ts'
import type { Draft } from '../../src/protocol/index.ts'
import { WorktrainError } from '../../src/protocol/index.ts'
import type { Handlers } from '../../src/server/index.ts'

export function handlersWith(own: Partial<Handlers>): Handlers {
  const refuse = (name: string) => async () => {
    throw new WorktrainError('UNAVAILABLE', `${name} is not part of this test`)
  }
  const all = Object.fromEntries(Object.keys(PROCEDURES).map((name) => [name, refuse(name)]))
  return { ...(all as unknown as Handlers), ...own }
}

export function viewOf(facts: Partial<SupervisorView>): SupervisorView {
  const none = {
    built: 0,
    version: '0',
    api: 1,
    startedAt: 0,
    epoch: 1,
    sessions: 0,
    running: 0,
    rssBytes: 0,
    stateDir: '',
    socket: '',
    log: '',
  }
  return { pid: process.pid, ...none, ...facts }
}

export function noted(id: string, note: string): Draft {
  return {
    type: 'session.noted',
    aggregate: 'session',
    id,
    data: { note },
    actor: { kind: 'person', via: 'test' },
    cause: 'test',
  }
}
