import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../../chat/caller.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { requireKey } from '../authenticate.ts'
import { jsonType, tellFailures } from '../failures.ts'
import { acceptJsonOnly } from '../json-body.ts'
import type { ApiRoute, Need } from './api-route.ts'
import { encodeApiError } from './not-found.ts'

/** The gateway's own API. To be registered where authentication is prepared. */
export function apiScope(routes: readonly ApiRoute[]): (scope: FastifyInstance) => void {
  return (scope) => {
    tellFailures(scope, () => encodeApiError)
    // The schemas say which routes want a body.
    acceptJsonOnly(scope, () => true)
    requireKey(scope, () => ['bearer', 'x-api-key', 'api-key'])
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: route.url,
        async handler(request, reply) {
          const caller = requireCaller(request, route.needs)
          const { params, query, body } = request
          const answer = await route.run({ params, query: { ...Object(query) }, body, caller })
          return reply
            .code(route.status)
            .header('cache-control', 'no-store')
            .type(jsonType)
            .send(JSON.stringify(answer))
        },
      })
    }
  }
}

const ranks = { user: 0, operator: 1, admin: 2 } as const
const needed = { key: 0, operator: 1, admin: 2 } as const satisfies Record<Need, number>

function requireCaller({ arrival: { caller } }: FastifyRequest, need: Need): Caller {
  if (caller === undefined) throw new GatewayError('missing-key', 'No key was sent.')
  const rank = caller.admin ? ranks.admin : ranks[caller.role ?? 'user']
  if (rank >= needed[need]) return caller
  const who = need === 'admin' ? 'administrators' : 'operators and administrators'
  throw new GatewayError('forbidden-service', `This is for the keys of ${who}.`)
}
