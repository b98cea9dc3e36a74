import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { openaiErrorShape } from '../../dialects/openai-error-shape.ts'
import { usageWords } from '../usage-shapes.ts'
import type { ApiWords } from './api-route.ts'
import { describeBodies } from './describe-bodies.ts'
import { describeRoute } from './describe-route.ts'
import type { DocsParts } from './docs.ts'

/** A server that only describes: its routes are there for their schemas, and are never asked. */
export async function createDocsApp(parts: DocsParts): Promise<FastifyInstance> {
  const { version, hasLedger, routes, services, shapes } = parts
  const api = hasLedger ? [...parts.api, ...usageWords] : parts.api
  const app = Fastify({ exposeHeadRoutes: false, routerOptions: { ignoreTrailingSlash: true } })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  const described = new Map([...shapes].map(([route, shape]) => [nameWildcard(route, '{rest}'), shape] as const))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'vllm-gateway', version, description: 'Every client dialect in front of one vLLM.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      'openapiObject' in document ? describeBodies(document.openapiObject, described) : document.swaggerObject,
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  for (const route of api) addApiRoute(app, route)
  const own = new Set(api.map(({ method, url }) => `${method} ${url}`))
  for (const { method, url, refusesOnly } of routes) {
    if (refusesOnly || own.has(`${method} ${url}`) || url.startsWith('/docs')) continue
    app.route({ method, url: nameWildcard(url), schema: describeRoute({ method, url }, services), handler: noAnswer })
  }
  await app.ready()
  return app
}

function addApiRoute(app: FastifyInstance, { method, url, summary, tag, needs, status, schemas }: ApiWords): void {
  const { params, query, body, answer } = schemas
  const schema = {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(body && { body }),
    response: { [status]: answer, '4xx': openaiErrorShape.schema, '5xx': openaiErrorShape.schema },
    ...{ summary, tags: [tag], security: [{ key: [] }], description: needWords[needs] },
    operationId: `${method.toLowerCase()}${url.replaceAll(/[/:.]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
  }
  app.route({ method, url, schema, handler: noAnswer })
}

const needWords = {
  key: 'With any key.',
  operator: 'With the key of an operator or an administrator.',
  admin: 'With the key of an administrator.',
} as const satisfies Record<ApiWords['needs'], string>

/** The rest of a path has a name in the description. */
function nameWildcard(url: string, name = ':rest'): string {
  return url.replace(/\*$/, name)
}

async function noAnswer(): Promise<void> {}
