import * as z from 'zod'
import { ClientError } from './client-error.ts'
import { send } from './send.ts'
import type { Server } from './server.ts'

/** OpenAI and Anthropic have `data` with ids, Google has `models` with names. */
const listSchema = z.object({
  data: z.array(z.object({ id: z.string() })).nullish(),
  models: z.array(z.object({ name: z.string() })).nullish(),
})

/** The models that the server offers to this key, its own first. Throws ClientError. */
export async function listModels(server: Server, signal: AbortSignal): Promise<string[]> {
  const response = await send(server, { method: 'GET', path: '/models', signal })
  const { data } = listSchema.safeParse(await response.json().catch(() => undefined))
  if (data === undefined) throw new ClientError('The server does not tell its models. Say which with --model.')
  const ids = data.data?.map(({ id }) => id)
  return ids ?? data.models?.map(({ name }) => name.replace(/^models\//, '')) ?? []
}
