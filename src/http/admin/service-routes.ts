import * as z from 'zod'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { knownFields } from '../../chat/known-fields.ts'
import type { Service, Services } from '../../chat/services.ts'
import { readServerUrl } from '../../wire/server-url.ts'
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

const drainSchema = knownFields({
  url: z.string().max(2000).describe('As the service tells it, or as its settings have it.'),
  draining: z.boolean().describe('`true` keeps new requests away; those that run go on to their end.'),
})

const urlAlone = drainSchema.pick({ url: true }).loose()
const nameSchema = z.strictObject({ name: z.string().max(200) })
const upstreamsRoute = '/admin/v1/services/:name/upstreams'

export function serviceRoutes(services: Services): readonly ApiRoute[] {
  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/services', tag: 'services', needs: 'operator' },
      summary: 'Lists the services and how they are.',
      answer: z.object({ data: z.array(serviceSchema) }),
      run: () => ({ data: services.all.map(show) }),
    }),
    apiRoute({
      ...{ method: 'GET', url: upstreamsRoute, tag: 'services', needs: 'operator' },
      summary: 'Lists the model servers of a service.',
      params: nameSchema,
      answer: z.object({ data: z.array(upstreamSchema) }),
      run: ({ params: { name } }) => ({ data: [...serviceNamed(services, name).upstreams.list()] }),
    }),
    apiRoute({
      ...{ method: 'PATCH', url: upstreamsRoute, tag: 'services', needs: 'admin' },
      summary: 'Drains a model server for its maintenance, or lets it in again; forgotten when the gateway ends.',
      params: nameSchema,
      body: drainSchema,
      answer: serviceSchema,
      find({ params: { name }, body }) {
        const service = serviceNamed(services, name)
        const { data } = urlAlone.safeParse(body)
        if (data !== undefined) requireUrl(service, data.url)
      },
      run({ params: { name }, body: { url, draining }, caller }) {
        const service = serviceNamed(services, name)
        const by = { keyId: caller.keyId, keyName: caller.keyName }
        service.upstreams.drain({ url: requireUrl(service, url), draining, by })
        return show(service)
      },
    }),
  ]
}

function serviceNamed({ all }: Services, wanted: string): Service {
  const service = all.find(({ name }) => name === wanted)
  if (service === undefined) throw notFound('service')
  return service
}

/** The address as the service tells it. */
function requireUrl(service: Service, written: string): string {
  const url = readServerUrl(written)
  const found = service.upstreams.list().find((upstream) => upstream.url === url)
  if (found === undefined) throw unknownUrl(service)
  return found.url
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
