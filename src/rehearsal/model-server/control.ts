/** The control end points under `/__script/`, for a server that runs in a process of its own. */
import type { FaultLedger, GlobalFault } from './faults.ts'
import type { Scenario } from './plan.ts'
import type { RequestLog } from './requests.ts'
import type { Steps } from './steps.ts'

export const CONTROL = '/__script/'

export interface Controlled {
  log: RequestLog
  faults: FaultLedger
  scenarios: Map<string, Scenario>
}

/**
 * `GET health`, `GET requests[?session=ID]`, `POST reset`, `POST scenario {name, steps, when?}` (a regular
 * expression's source), `POST fault {…}`.
 */
export function control(url: URL, raw: string, state: Controlled): { status: number; body: unknown } {
  const ok = { status: 200, body: { ok: true } }
  switch (url.pathname.slice(CONTROL.length)) {
    case 'health':
      return { status: 200, body: { ok: true, pid: process.pid, requests: state.log.records.length } }
    case 'requests': {
      const session = url.searchParams.get('session')
      return {
        status: 200,
        body: state.log.records.filter((record) => session === null || record.session === session),
      }
    }
    case 'reset':
      state.log.reset()
      state.faults.reset()
      return ok
    case 'scenario': {
      const wanted = parse<{ name?: string; steps?: Steps; when?: string }>(raw)
      if (!wanted?.name || !Array.isArray(wanted.steps)) return refused('scenario needs name and steps')
      const scenario: Scenario = { script: wanted.steps }
      if (wanted.when !== undefined) {
        try {
          scenario.when = new RegExp(wanted.when)
        } catch (error) {
          return refused((error as Error).message)
        }
      }
      state.scenarios.set(wanted.name, scenario)
      return ok
    }
    case 'fault': {
      const fault = parse<GlobalFault>(raw)
      if (!fault) return refused('fault needs an object')
      state.faults.global.push(fault)
      return ok
    }
    default:
      return { status: 404, body: { error: `no ${url.pathname}` } }
  }
}

function refused(error: string): { status: number; body: unknown } {
  return { status: 400, body: { error } }
}

function parse<T>(raw: string): T | null {
  try {
    const value: unknown = JSON.parse(raw)
    return value !== null && typeof value === 'object' ? (value as T) : null
  } catch {
    return null
  }
}
