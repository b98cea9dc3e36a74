import * as z from 'zod'
import { duration } from './duration.ts'
import { servicePricesSchema } from './prices-schema.ts'
import { remoteImagesSchema } from './remote-images-schema.ts'
import { apiKeySchema, secretFileSchema } from './secret-schemas.ts'
import { mayBeEmpty, section } from './section.ts'
import { serviceNameSchema } from './service-name.ts'
import { upstreamUrlSchema } from './upstream-url.ts'
import { whenSound } from './when-sound.ts'
import { textOf, wholeNumber } from './written.ts'

const firstServiceName = 'gemma4'
const firstServiceAlias = 'google/gemma-4-e2b-it'
const answerTokens = 1024
const tokensMax = 10_000_000

const temperature = 'a number from 0 to 2'
const topP = 'a number above 0 and up to 1'

/** Spelt as clients spell them. */
const defaultsSchema = section({
  temperature: z
    .number({ error: temperature })
    .min(0, { error: temperature })
    .max(2, { error: temperature })
    .default(0.7),
  top_p: z.number({ error: topP }).gt(0, { error: topP }).max(1, { error: topP }).default(0.9),
  top_k: wholeNumber(-1, 1000).default(40),
  max_tokens: wholeNumber(1, tokensMax).optional(),
  enable_thinking: z.boolean({ error: 'true or false' }).default(false),
})

const timeoutsSchema = section({
  connect: duration('10ms', '5m').prefault('5s'),
  firstEvent: duration('10ms', '24h').prefault('120s'),
  idle: duration('10ms', '24h').prefault('60s'),
  total: duration('10ms', '24h').prefault('30m'),
}).transform(({ connect, firstEvent, idle, total }) => {
  return { connectMs: connect, firstEventMs: firstEvent, idleMs: idle, totalMs: total }
})

/** For all keys together; null is none. */
const limitsSchema = section({
  requestsPerMinute: wholeNumber(1, tokensMax).nullable().default(null),
  tokensPerMinute: wholeNumber(1, tokensMax).nullable().default(null),
  tokensPerDay: wholeNumber(1, 1_000_000_000_000).nullable().default(null),
  concurrent: wholeNumber(1, 10_000).nullable().default(null),
})

const upstreamsWanted = 'a list of 1 to 64 URLs, each once'
const upstreamsSchema = z
  .array(upstreamUrlSchema, { error: upstreamsWanted })
  .min(1, { error: upstreamsWanted })
  .max(64, { error: upstreamsWanted })
  .refine((urls) => new Set(urls).size === urls.length, { error: upstreamsWanted })

const alias = textOf('a name or a pattern with *, of 1 to 200 characters without spaces', /^[!-~]{1,200}$/)
const model = textOf('null or a name of 1 to 200 characters without spaces', /^[!-~]{1,200}$/)

/** A service that allows less than the usual answer gives what it allows. */
function completeDefaults(defaults: z.output<typeof defaultsSchema>, maxTokens: number) {
  const { temperature, top_p, top_k, max_tokens = Math.min(answerTokens, maxTokens), enable_thinking } = defaults
  return { temperature, top_p, top_k, max_tokens, enable_thinking }
}

export const serviceSchema = section({
  name: serviceNameSchema.default(firstServiceName),
  kind: z.literal('chat', { error: 'chat, the only kind there is today' }).default('chat'),
  upstreams: upstreamsSchema.default(['http://127.0.0.1:8092']),
  apiKey: apiKeySchema,
  apiKeyFile: secretFileSchema,
  model: model.nullable().default(null),
  aliases: z.array(alias, { error: 'a list of names and patterns' }).optional(),
  defaults: mayBeEmpty({}, defaultsSchema),
  maxTokens: wholeNumber(1, tokensMax).default(8192),
  maxChoices: wholeNumber(1, 64).default(4),
  maxImages: wholeNumber(0, 64).default(2),
  maxAudio: wholeNumber(0, 64).default(1),
  remoteImages: mayBeEmpty({}, remoteImagesSchema),
  anthropic: mayBeEmpty({}, section({ stripBillingHeader: z.boolean({ error: 'true or false' }).default(true) })),
  gemini: mayBeEmpty({}, section({ endWithDone: z.boolean({ error: 'true or false' }).default(false) })),
  thinkingOnly: z.enum(['retry', 'show', 'leave'], { error: 'retry, show or leave' }).default('retry'),
  contextWindow: wholeNumber(256, tokensMax).nullable().default(null),
  places: wholeNumber(1, 10_000).default(8),
  queue: wholeNumber(0, 100_000).default(64),
  timeouts: mayBeEmpty({}, timeoutsSchema),
  limits: mayBeEmpty({}, limitsSchema),
  prices: servicePricesSchema,
})
  .refine(({ defaults, maxTokens }) => (defaults.max_tokens ?? 1) <= maxTokens, {
    path: ['defaults', 'max_tokens'],
    error: 'at most what maxTokens says',
    when: whenSound(['defaults', 'max_tokens'], ['maxTokens']),
  })
  .transform(({ apiKeyFile: _, ...service }) => ({
    ...service,
    aliases: service.aliases ?? (service.name === firstServiceName ? [firstServiceAlias] : []),
    defaults: completeDefaults(service.defaults, service.maxTokens),
  }))
