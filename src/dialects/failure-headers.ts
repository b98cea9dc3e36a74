import type { GatewayError } from '../chat/gateway-error.ts'

/** What every dialect tells of a failure in HTTP's own headers. */
export function failureHeaders({ retryAfterSeconds, allow }: GatewayError, status: number): Record<string, string> {
  const headers: Record<string, string> = {}
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  if (allow !== undefined) headers['allow'] = allow.join(', ')
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  return headers
}
