import * as z from 'zod'
import { byteSize } from './byte-size.ts'
import { duration } from './duration.ts'
import { section } from './section.ts'
import { serviceNameSchema } from './service-name.ts'
import { serviceShape } from './service-shape.ts'
import { oneOf } from './written.ts'

export const transcriptionServiceSchema = section({
  name: serviceNameSchema,
  kind: z.literal('transcription'),
  // whisper.cpp does one job at a time.
  ...serviceShape({
    ...{ upstream: 'http://127.0.0.1:8094', servers: ['auto', 'whisper.cpp', 'vllm'], places: 1, queue: 64 },
    balance: 'least-busy',
  }),
  uploadMax: byteSize('1KiB', '4GiB').prefault('25MiB'),
  durationMax: duration('1s', '24h').prefault('4h'),
  convert: oneOf(['auto', 'always', 'never']).default('auto'),
}).transform(({ apiKeyFile: _, uploadMax, durationMax, ...service }) => ({
  ...service,
  aliases: service.aliases ?? [],
  uploadMaxBytes: uploadMax,
  durationMaxMs: durationMax,
}))
