import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Caller, mayUse, mayUseModel } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { type Service, type Services, unknownModelError } from '../chat/services.ts'
import type { EncodeModels, SpokenDialect } from '../dialects/dialect.ts'
import type { ModelCard } from '../dialects/model-card.ts'
import type { AnyService } from './any-service.ts'
import { requireKey } from './authenticate.ts'
import { jsonType, tellFailures } from './failures.ts'

export interface ModelRouteParts {
  readonly services: Services<AnyService>
  /** Which dialect a request speaks: all of them ask at the same addresses. */
  readonly spokenBy: (request: FastifyRequest) => SpokenDialect
  /** Where a dialect has no word of its own for models. */
  readonly usual: EncodeModels
}

/** Where clients look for models. */
const versions = ['', '/v1', '/v1/v1', '/v1beta', '/v1alpha', '/v1beta/openai'] as const

/** `GET /models` and `/models/{id}` in the caller's dialect: the services the caller may use, from memory. */
export function modelScope(
  prefix: string,
  fixed: AnyService | undefined,
  { services, spokenBy, usual }: ModelRouteParts,
): (scope: FastifyInstance) => void {
  const created = Math.floor(Date.now() / 1000)

  function describe(service: AnyService, id = service.name): ModelCard {
    const { kind, name, aliases } = service
    const policy = service.kind === 'chat' ? service.policy : undefined
    return { id, name, kind, aliases, policy, created, contextWindow: service.status().contextWindow }
  }

  function usable(request: FastifyRequest): AnyService[] {
    const { caller } = request.arrival
    const offered = fixed === undefined ? services.all : [fixed]
    return caller === undefined ? [] : offered.filter((service) => isUsable(caller, service))
  }

  function wordsFor(request: FastifyRequest): EncodeModels {
    return spokenBy(request).models ?? usual
  }

  function listModels(request: FastifyRequest): string {
    const found = usable(request)
    if (fixed !== undefined && found.length === 0) throw forbidden(fixed)
    return wordsFor(request).list(found.map((service) => describe(service)))
  }

  function showModel(request: FastifyRequest<{ Params: { '*': string } }>): string {
    const asked = request.params['*']
    const service = services.find(asked)
    if (service === undefined || !usable(request).includes(service)) throw unknownModelError(asked)
    return wordsFor(request).one(describe(service, asked))
  }

  function send(request: FastifyRequest, reply: FastifyReply, body: string): FastifyReply {
    const { requestIdHeader } = spokenBy(request)
    if (requestIdHeader !== undefined) reply.header(requestIdHeader, request.arrival.id)
    return reply.type(jsonType).send(body)
  }

  return (scope) => {
    tellFailures(scope, (request) => spokenBy(request).encodeError)
    requireKey(scope, (request) => spokenBy(request).credentials)
    for (const version of versions) {
      scope.get(`${prefix}${version}/models`, (request, reply) => send(request, reply, listModels(request)))
      // A wildcard, because model names hold slashes.
      scope.get<{ Params: { '*': string } }>(`${prefix}${version}/models/*`, (request, reply) =>
        send(request, reply, showModel(request)),
      )
    }
  }
}

function isUsable(caller: Caller, { name, aliases, status }: Service): boolean {
  return mayUse(caller, name) && mayUseModel(caller, [name, ...aliases, status().model])
}

function forbidden({ name }: Service): GatewayError {
  return new GatewayError('forbidden-service', `This key may not use the service \`${name}\`.`)
}
