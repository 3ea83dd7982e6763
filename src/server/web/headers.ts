/** What every answer of a listener of the board carries. Pure. */
import type { Place } from './guard.ts'

/** Nothing from elsewhere, neither script nor style in a page, nobody may frame it. */
export function securityHeaders({ scheme, host }: Place): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    // WebSockets are served on loopback only.
    scheme === 'http' ? `connect-src 'self' ws://${host}` : "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()',
    'cache-control': 'no-store',
  }
}
