import * as z from 'zod'
import { invalidField } from '../../chat/describe-mismatch.ts'
import type { Service, Services } from '../../chat/services.ts'
import { type ApiRoute, apiRoute } from './api-route.ts'
import { notFound } from './not-found.ts'

const upstreamSchema = z.object({
  url: z.string(),
  state: z
    .enum(['waiting', 'ready', 'unreachable', 'ejected', 'other-model', 'draining'])
    .describe('`ejected`: gets no requests for a while, because its last answers failed.'),
  outstanding: z.int().describe('Requests that wait for its answer or are in the middle of it.'),
  failures: z.int().describe('In a row, since its last good answer.'),
})

const serviceSchema = z.object({
  name: z.string(),
  kind: z.enum(['chat', 'embeddings', 'transcription']),
  aliases: z.array(z.string()),
  model: z.string().nullable(),
  context_window: z.int().nullable().describe('In tokens.'),
  upstream: z.enum(['waiting', 'ready', 'unreachable', 'failing']).describe('All of its model servers together.'),
  upstreams: z.array(upstreamSchema).describe('Each of its model servers.'),
  running: z.int(),
  waiting: z.int(),
})

const drainSchema = z.strictObject({
  url: z.string().max(2000).describe('As the service tells it.'),
  draining: z.boolean().describe('`true` keeps new requests away; those that run go on to their end.'),
})

export function serviceRoutes(services: Services): readonly ApiRoute[] {
  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/services', tag: 'services', needs: 'operator' },
      summary: 'Lists the services and how they are.',
      answer: z.object({ data: z.array(serviceSchema) }),
      run: () => ({ data: services.all.map(show) }),
    }),
    apiRoute({
      ...{ method: 'PATCH', url: '/admin/v1/services/:name/upstreams', tag: 'services', needs: 'admin' },
      summary: 'Drains a model server for its maintenance, or lets it in again; forgotten when the gateway ends.',
      params: z.strictObject({ name: z.string().max(200) }),
      body: drainSchema,
      answer: serviceSchema,
      run({ params, body: { url, draining }, caller }) {
        const service = services.all.find(({ name }) => name === params.name)
        if (service === undefined) throw notFound('service')
        const by = { keyId: caller.keyId, keyName: caller.keyName }
        if (service.upstreams.drain({ url, draining, by }) === undefined) throw unknownUrl(service)
        return show(service)
      },
    }),
  ]
}

function show({ kind, name, aliases, upstreams, status }: Service): z.output<typeof serviceSchema> {
  const { model, contextWindow, upstream, running, waiting } = status()
  return {
    ...{ name, kind, aliases: [...aliases], model, context_window: contextWindow },
    ...{ upstream, upstreams: [...upstreams.list()], running, waiting },
  }
}

function unknownUrl({ upstreams }: Service) {
  const urls = upstreams.list().map(({ url }) => url)
  return invalidField('url', 'an address that the service does not have', `one of ${urls.join(', ')}`)
}
