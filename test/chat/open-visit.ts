import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { Visit } from '../../src/chat/visit.ts'
import { openTestEntry } from '../support/test-entry.ts'

/** A visit as the door opens it, and the client's leaving. */
export interface OpenVisit extends Visit {
  leave(): void
}

let opened = 0

interface VisitOptions {
  readonly streamed?: boolean
  readonly keyId?: string
  readonly endUser?: string | null
}

export function openVisit({ streamed = true, keyId = '1', endUser = null }: VisitOptions = {}): OpenVisit {
  const controller = new AbortController()
  opened++
  return {
    id: `visit-${opened}`,
    caller: { keyId, keyName: 'tests', services: 'all', admin: false },
    service: 'gemma4',
    endUser,
    streamed,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    entry: openTestEntry(() => performance.now()),
    leave: () => controller.abort(new GatewayError('abandoned', 'The client left.')),
  }
}
