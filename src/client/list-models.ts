import * as z from 'zod'
import { ClientError } from './client-error.ts'
import { send } from './send.ts'
import type { Server } from './server.ts'

/** OpenAI and Anthropic have `data` with ids, Google has `models` with names. Some say what a model is for. */
const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), kind: z.string().catch('chat') })).nullish(),
  models: z
    .array(z.object({ name: z.string(), supportedGenerationMethods: z.array(z.string()).catch(['generateContent']) }))
    .nullish(),
})

/** The models that chat and that the server offers to this key, its own first. Throws ClientError. */
export async function listModels(server: Server, signal: AbortSignal): Promise<string[]> {
  const response = await send(server, { method: 'GET', path: '/models', signal })
  const { data } = listSchema.safeParse(await response.json().catch(() => undefined))
  if (data === undefined) throw new ClientError('The server does not tell its models. Say which with --model.')
  if (data.data) return data.data.flatMap(({ id, kind }) => (kind === 'chat' ? id : []))
  const chatting = data.models?.filter((model) => model.supportedGenerationMethods.includes('generateContent')) ?? []
  return chatting.map(({ name }) => name.replace(/^models\//, ''))
}
