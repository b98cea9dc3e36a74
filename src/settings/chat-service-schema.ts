import * as z from 'zod'
import { remoteImagesSchema } from './remote-images-schema.ts'
import { mayBeEmpty, section } from './section.ts'
import { serviceNameSchema } from './service-name.ts'
import { serviceShape, tokensMax } from './service-shape.ts'
import { whenSound } from './when-sound.ts'
import { wholeNumber } from './written.ts'

export const firstServiceName = 'gemma4'
/** Of a service of that name where it has none of its own; this very list, by which it is known. */
export const firstServiceAliases = ['google/gemma-4-e2b-it']
const answerTokens = 1024

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

/** A service that allows less than the usual answer gives what it allows. */
function completeDefaults(defaults: z.output<typeof defaultsSchema>, maxTokens: number) {
  const { temperature, top_p, top_k, max_tokens = Math.min(answerTokens, maxTokens), enable_thinking } = defaults
  return { temperature, top_p, top_k, max_tokens, enable_thinking }
}

export const chatServiceSchema = section({
  name: serviceNameSchema.default(firstServiceName),
  kind: z.literal('chat').default('chat'),
  ...serviceShape({
    ...{ upstream: 'http://127.0.0.1:8092', servers: ['auto', 'vllm'], places: 8, queue: 64 },
    balance: 'prefix',
  }),
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
})
  .refine(({ defaults, maxTokens }) => (defaults.max_tokens ?? 1) <= maxTokens, {
    path: ['defaults', 'max_tokens'],
    error: 'at most what maxTokens says',
    when: whenSound(['defaults', 'max_tokens'], ['maxTokens']),
  })
  .transform(({ apiKeyFile: _, ...service }) => ({
    ...service,
    aliases: service.aliases ?? (service.name === firstServiceName ? firstServiceAliases : []),
    defaults: completeDefaults(service.defaults, service.maxTokens),
  }))
