/** Subscription windows as the Messages API reports them in headers. The agent ignores them with an API key. */

export interface UnifiedWindow {
  /** Used share, 0 to 1. */
  utilization: number
  /** When the window starts anew, seconds since the epoch. */
  resetsAt: number
}

export interface UnifiedLimits {
  status: 'allowed' | 'allowed_warning' | 'rejected'
  fiveHour?: UnifiedWindow
  sevenDay?: UnifiedWindow
  /** Share whose crossing the warning is about, e.g. 0.9. */
  surpassed?: number
}

/** Response headers for these windows; the five-hour window is the representative one when given. */
export function unifiedHeaders(limits: UnifiedLimits): Record<string, string> {
  const prefix = 'anthropic-ratelimit-unified'
  const headers: Record<string, string> = { [`${prefix}-status`]: limits.status }
  const representative = limits.fiveHour ?? limits.sevenDay
  if (representative) {
    headers[`${prefix}-reset`] = String(representative.resetsAt)
    headers[`${prefix}-representative-claim`] = limits.fiveHour ? 'five_hour' : 'seven_day'
  }
  for (const [name, window] of [
    ['5h', limits.fiveHour],
    ['7d', limits.sevenDay],
  ] as const) {
    if (!window) continue
    headers[`${prefix}-${name}-status`] = limits.status
    headers[`${prefix}-${name}-utilization`] = String(window.utilization)
    headers[`${prefix}-${name}-reset`] = String(window.resetsAt)
    if (window === representative && limits.surpassed !== undefined) {
      headers[`${prefix}-${name}-surpassed-threshold`] = String(limits.surpassed)
    }
  }
  return headers
}
