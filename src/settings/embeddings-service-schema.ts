import * as z from 'zod'
import { duration } from './duration.ts'
import { mayBeEmpty, section } from './section.ts'
import { serviceNameSchema } from './service-name.ts'
import { serviceShape, tokensMax } from './service-shape.ts'
import { oneOf, wholeNumber } from './written.ts'

/** What is sent to the model server at once: inputs that arrive within a short time of each other go together. */
const batchSchema = section({
  wait: duration('0ms', '1s').prefault('3ms'),
  inputs: wholeNumber(1, 2048).default(32),
  tokens: wholeNumber(16, tokensMax).default(8192),
}).transform(({ wait, inputs, tokens }) => ({ waitMs: wait, inputsMax: inputs, tokensMax: tokens }))

export const embeddingsServiceSchema = section({
  name: serviceNameSchema,
  kind: z.literal('embeddings'),
  // Clients that embed documents send thousands of single inputs, and break on a refusal: they wait.
  ...serviceShape({
    upstream: 'http://127.0.0.1:8093',
    servers: ['auto', 'vllm', 'llama.cpp'],
    places: 4,
    queue: 8192,
    balance: 'least-busy',
  }),
  maxInputs: wholeNumber(1, 100_000).default(2048),
  inputTokens: wholeNumber(1, tokensMax).nullable().default(null),
  overlong: oneOf(['refuse', 'cut']).default('refuse'),
  prompts: oneOf(['none', 'embeddinggemma']).default('none'),
  batch: mayBeEmpty({}, batchSchema),
}).transform(({ apiKeyFile: _, ...service }) => ({ ...service, aliases: service.aliases ?? [] }))
