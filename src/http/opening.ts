import type { FastifyRequest } from 'fastify'
import type { Opening } from '../chat/visit.ts'
import type { Undertaking } from './serving.ts'

/** What the ledger is told of a request at the door. */
export function openingOf({ arrival, routeOptions }: FastifyRequest, undertaking: Undertaking): Opening {
  const { caller, service, dialect, streamed, images, audioSeconds } = undertaking
  return {
    id: arrival.id,
    keyId: caller.keyId,
    keyName: caller.keyName,
    endUser: arrival.endUser ?? null,
    service,
    dialect,
    route: routeOptions.url ?? '',
    streamed,
    startedAtMs: Date.now(),
    images,
    audioSeconds,
  }
}
