import * as z from 'zod'
import { GatewayError } from '../../chat/gateway-error.ts'
import type { Arrival, Present } from '../arrival.ts'
import { type ApiRoute, apiRoute } from './api-route.ts'
import { notFound } from './not-found.ts'

const liveRequestSchema = z.object({
  id: z.string().describe("The response's `x-request-id`."),
  key_id: z.string().nullable(),
  key: z.string().nullable().describe("The key's name."),
  service: z.string(),
  dialect: z.string().nullable(),
  state: z.enum(['arriving', 'waiting', 'running', 'answering']),
  started_at: z.string(),
  age_ms: z.int(),
  queue_ms: z.int().nullable(),
  first_token_ms: z.int().nullable(),
  completion_tokens: z.int().nullable().describe('So far, where the model server has told.'),
})

type LiveRequest = z.output<typeof liveRequestSchema>

const tag = 'requests'

export interface LiveParts {
  readonly arrivals: Present
  /** Monotonic milliseconds, of the clock that arrivals are dated by. */
  now(): number
}

/** What is being served at this moment, from memory. */
export function requestRoutes(parts: LiveParts): readonly ApiRoute[] {
  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/requests', tag, needs: 'operator' },
      summary: 'Lists the requests that are being served now, the oldest first.',
      answer: z.object({ data: z.array(liveRequestSchema) }),
      run: () => ({ data: servedNow(parts).map((arrival) => show(arrival, parts.now())) }),
    }),
    apiRoute({
      ...{ method: 'DELETE', url: '/admin/v1/requests/:id', tag, needs: 'operator' },
      summary: 'Ends a request that is being served.',
      params: z.strictObject({ id: z.string().max(200) }),
      answer: liveRequestSchema,
      run({ params }) {
        const arrival = servedNow(parts).find(({ id }) => id === params.id)
        if (arrival?.abort === undefined) throw notFound('running request')
        const shown = show(arrival, parts.now())
        arrival.abort(new GatewayError('abandoned', 'An administrator ended this request.'))
        return shown
      },
    }),
  ]
}

/** The oldest first. */
function servedNow({ arrivals }: LiveParts): readonly Served[] {
  return arrivals
    .list()
    .filter(isServed)
    .toSorted((one, other) => one.at - other.at)
}

interface Served extends Arrival {
  service: string
}

function isServed(arrival: Arrival): arrival is Served {
  return arrival.service !== undefined
}

function show({ id, at, caller, service, dialect, entry }: Served, now: number): LiveRequest {
  return {
    id,
    key_id: caller?.keyId ?? null,
    key: caller?.keyName ?? null,
    service,
    dialect: dialect ?? null,
    state: stateOf(entry),
    started_at: new Date(Date.now() - (now - at)).toISOString(),
    age_ms: Math.round(now - at),
    queue_ms: rounded(entry?.queueMs),
    first_token_ms: rounded(entry?.firstTokenMs),
    completion_tokens: entry?.usage?.completionTokens ?? null,
  }
}

function stateOf(entry: Arrival['entry']): LiveRequest['state'] {
  if (entry === undefined) return 'arriving'
  if (entry.queueMs === undefined) return 'waiting'
  return entry.firstTokenMs === undefined ? 'running' : 'answering'
}

function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds)
}
