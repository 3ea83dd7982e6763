/** Ways in which the scripted model fails, so that what the agent makes of them can be tested. */
import { unifiedHeaders } from './limits.ts'
import type { UnifiedLimits } from './limits.ts'

/** One fault. The effects exclude each other; `delayMs` and `hangMs` come before any of them. */
export interface Fault {
  /** How many requests it hits before the step is answered. Default 1; -1: every one. */
  times?: number
  /** An API error with this status. */
  status?: number
  type?: string
  message?: string
  headers?: Record<string, string>
  limits?: UnifiedLimits
  delayMs?: number
  /** Destroys the connection. */
  drop?: boolean
  /** Says nothing for so long, then answers. */
  hangMs?: number
  /** Error event of this type after the first text delta (streamed answers with text). */
  midStream?: string
  /** First text delta, silence for so long, then the connection closes (streamed answers with text). */
  stallMs?: number
}

/** A fault for any request, until used up; taken before the step's own. */
export interface GlobalFault extends Fault {
  /** Only this conversation. */
  session?: string
  /** Spares side requests (titles, classifiers). */
  mainOnly?: boolean
}

const ERROR_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

export interface ApiError {
  status: number
  headers: Record<string, string>
  body: { type: 'error'; error: { type: string; message: string }; request_id: string }
}

/** An error answer of the API. */
export function apiError(requestId: string, status: number, fault: Fault = {}): ApiError {
  return {
    status,
    headers: {
      'request-id': requestId,
      ...(fault.limits ? unifiedHeaders(fault.limits) : {}),
      ...fault.headers,
    },
    body: {
      type: 'error',
      error: {
        type: fault.type ?? ERROR_TYPES[status] ?? 'api_error',
        message: fault.message ?? `scripted ${status}`,
      },
      request_id: requestId,
    },
  }
}

/** Counts faults down. `stepKey` names one step of one conversation, so that a retry meets the same count. */
export class FaultLedger {
  readonly global: GlobalFault[] = []
  readonly #served = new Map<string, number>()

  take(
    own: Fault | undefined,
    stepKey: string,
    request: { session: string | null; main: boolean },
  ): Fault | null {
    for (const fault of this.global) {
      const left = fault.times ?? 1
      if (left === 0) continue
      if (fault.session !== undefined && fault.session !== request.session) continue
      if (fault.mainOnly && !request.main) continue
      if (left > 0) fault.times = left - 1
      return fault
    }
    if (!own) return null
    const served = this.#served.get(stepKey) ?? 0
    const times = own.times ?? 1
    if (times >= 0 && served >= times) return null
    this.#served.set(stepKey, served + 1)
    return own
  }

  reset(): void {
    this.global.length = 0
    this.#served.clear()
  }
}
