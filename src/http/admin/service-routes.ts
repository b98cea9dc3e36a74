import * as z from 'zod'
import type { Services } from '../../chat/services.ts'
import { type ApiRoute, apiRoute } from './api-route.ts'

const serviceSchema = z.object({
  name: z.string(),
  aliases: z.array(z.string()),
  model: z.string().nullable(),
  context_window: z.int().nullable().describe('In tokens.'),
  upstream: z.enum(['waiting', 'ready', 'unreachable', 'failing']),
  running: z.int(),
  waiting: z.int(),
})

export function serviceRoutes(services: Services): readonly ApiRoute[] {
  const show = (): z.output<typeof serviceSchema>[] =>
    services.all.map(({ name, aliases, status }) => {
      const { model, contextWindow, upstream, running, waiting } = status()
      return { name, aliases: [...aliases], model, context_window: contextWindow, upstream, running, waiting }
    })
  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/services', tag: 'services', needs: 'operator' },
      summary: 'Lists the services and how they are.',
      answer: z.object({ data: z.array(serviceSchema) }),
      run: () => ({ data: show() }),
    }),
  ]
}
