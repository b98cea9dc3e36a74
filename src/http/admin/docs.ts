import type { FastifyInstance } from 'fastify'
import { jsonType } from '../failures.ts'
import type { ApiWords } from './api-route.ts'
import type { PublicShapes } from './public-shapes.ts'
import type { RouterRoute } from './route-list.ts'

export interface DocsParts {
  readonly version: string
  readonly api: readonly ApiWords[]
  /** Usage can be asked for. */
  readonly hasLedger: boolean
  /** Everything that the router has. */
  readonly routes: readonly RouterRoute[]
  readonly services: readonly string[]
  readonly shapes: PublicShapes
}

/**
 * `/openapi.json` and `/docs`, without a key: they tell of routes, never of keys. What they need is loaded when somebody
 * asks for the first time, into a server of its own, so that no other route and no start pays for it.
 */
export function docsRoutes(app: FastifyInstance, parts: DocsParts): void {
  let opening: Promise<Docs> | undefined
  const open = () => {
    opening ??= openDocs(parts)
    return opening
  }
  app.get('/openapi.json', async (_request, reply) => {
    const { text } = await open()
    return reply.type(jsonType).send(text)
  })
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, async (request, reply) => {
      const { server } = await open()
      reply.hijack()
      reply.raw.setHeader('x-request-id', request.arrival.id)
      server.routing(request.raw, reply.raw)
    })
  }
}

interface Docs {
  readonly server: FastifyInstance
  /** The description as JSON text, made once. */
  readonly text: string
}

async function openDocs(parts: DocsParts): Promise<Docs> {
  const { createDocsApp } = await import('./docs-app.ts')
  const server = await createDocsApp(parts)
  return { server, text: JSON.stringify(server.swagger()) }
}
