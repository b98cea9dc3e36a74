import * as z from 'zod'
import type { Readiness } from '../health-routes.ts'
import type { RouterRoute } from './route-list.ts'

/** What is said of a route that models answer, or that tells how the gateway is. */
export interface RouteWords {
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  /** By the status; where there is none, success is all that is told apart from failures. */
  readonly response?: Readonly<Record<number, z.ZodType>>
}

const readiness = z.object({
  status: z.enum(['ok', 'degraded', 'not ready']),
  keys: z.enum(['waiting', 'fresh', 'stale', 'expired'] satisfies Readiness['keys'][]),
  draining: z.boolean(),
})

interface Sort extends Pick<RouteWords, 'summary' | 'response'> {
  readonly path: RegExp
  readonly tag: string
}

/** The first that fits; the path is that of the route without its service's prefix. */
const sorts: readonly Sort[] = [
  { path: /^$|^\/$/, tag: 'health', summary: 'Names the routes.' },
  {
    path: /^\/readyz$/,
    tag: 'health',
    summary: 'Tells whether requests may be sent here; needs no key.',
    response: {
      200: readiness.describe('It serves.'),
      503: readiness.describe('It ends, or it has not seen the keys yet, or last saw them too long ago.'),
    },
  },
  {
    path: /^\/(health|livez|api\/hello)$/,
    tag: 'health',
    summary: 'Tells whether the gateway is well; needs no key.',
  },
  { path: /^\/openapi\.json$/, tag: 'health', summary: 'This description.' },
  { path: /\/models(\/\*)?$/, tag: 'models', summary: 'Tells of the models that the key may use.' },
  { path: /\/chat$/, tag: 'chat', summary: 'Answers a prompt, in the short form.' },
  {
    path: /\/chat\/completions$/,
    tag: 'chat',
    summary: "Answers a conversation, in the form of OpenAI's Chat Completions.",
  },
  {
    path: /\/messages(\/|$)/,
    tag: 'messages',
    summary: "Answers a conversation, in the form of Anthropic's Messages.",
  },
  { path: /\/responses(\/|$)/, tag: 'responses', summary: "Answers, in the form of OpenAI's Responses." },
  { path: /\/embeddings$/, tag: 'embeddings', summary: "Makes vectors of texts, in the form of OpenAI's Embeddings." },
  { path: /\/audio\/transcriptions$/, tag: 'audio', summary: "Writes down what is said, in the form of OpenAI's." },
  {
    path: /\/audio\/translations$/,
    tag: 'audio',
    summary: "Writes down what is said in English, in the form of OpenAI's.",
  },
  { path: /\/inference$/, tag: 'audio', summary: "Writes down what is said, in the form of whisper.cpp's own server." },
  {
    path: /\/(models|tunedModels)\/|\/v1(beta|alpha)/,
    tag: 'gemini',
    summary: "Answers a conversation, or makes vectors, in the form of Google's Gemini.",
  },
]

export function describeRoute(
  { method, url }: Pick<RouterRoute, 'method' | 'url'>,
  services: readonly string[],
): RouteWords {
  const service = services.find((name) => url.startsWith(`/${name}/`))
  const path = service === undefined ? url : url.slice(service.length + 1)
  const isPost = method === 'POST'
  const sort = sorts.find(({ path: pattern, tag }) => pattern.test(path) && !(isPost && tag === 'models'))
  const { summary, tag, response }: Omit<Sort, 'path'> = sort ?? { summary: 'Serves clients.', tag: 'other' }
  const words = service === undefined ? summary : `${summary.replace(/\.$/, '')}, by the service ${service}.`
  return { summary: words, tags: [tag], security: tag === 'health' ? [] : [{ key: [] }], ...(response && { response }) }
}
