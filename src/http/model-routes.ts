import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mayUse } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { type Service, type Services, unknownModelError } from '../chat/services.ts'
import type { EncodeError } from '../dialects/dialect.ts'
import { tellFailures } from './failures.ts'

/** `GET /models` and `/models/{id}` in OpenAI's form: the services the caller may use, from memory. */
export function modelScope(
  services: Services,
  fixed: Service | undefined,
  encodeError: EncodeError,
): (scope: FastifyInstance) => void {
  const startedAt = Math.floor(Date.now() / 1000)

  function describe({ name, status }: Service) {
    const { contextWindow } = status()
    return {
      id: name,
      object: 'model',
      created: startedAt,
      owned_by: 'vllm-gateway',
      name,
      max_model_len: contextWindow,
    }
  }

  function usable(request: FastifyRequest): Service[] {
    const { caller } = request.arrival
    const offered = fixed === undefined ? services.all : [fixed]
    return caller === undefined ? [] : offered.filter(({ name }) => mayUse(caller, name))
  }

  return (scope) => {
    tellFailures(scope, encodeError)
    scope.get('/models', (request) => {
      if (fixed !== undefined && usable(request).length === 0) throw forbidden(fixed)
      return { object: 'list', data: usable(request).map(describe) }
    })
    // A wildcard, because model names hold slashes.
    scope.get<{ Params: { '*': string } }>('/models/*', (request) => {
      const asked = request.params['*']
      const service = services.find(asked)
      if (service === undefined || !usable(request).includes(service)) throw unknownModelError(asked)
      return { ...describe(service), id: asked }
    })
  }
}

function forbidden({ name }: Service): GatewayError {
  return new GatewayError('forbidden-service', `This key may not use the service \`${name}\`.`)
}
