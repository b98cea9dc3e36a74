import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../chat/services.ts'
import type { OpenEntry } from '../chat/visit.ts'
import type { SpeechDialect } from '../dialects/speech-dialect.ts'
import type { TranscriptionService } from '../speech/transcription-service.ts'
import type { StreamTimes } from './answer.ts'
import type { AnyService } from './any-service.ts'
import { requireKey } from './authenticate.ts'
import { failureWords, tellFailures } from './failures.ts'
import { createServeSpeech, formWanted, type HoldUpload } from './serve-speech.ts'
import { createAdmit } from './serving.ts'
import { formBounds } from './speech-upload.ts'

export interface SpeechParts {
  readonly services: Services<AnyService>
  readonly openEntry: OpenEntry
  readonly holdUpload: HoldUpload
  readonly times: StreamTimes
}

/**
 * The routes of one speech dialect below one prefix: the only ones that take forms, and files larger than other bodies.
 * There are none where no service that the prefix stands for writes down what is said.
 */
export function speechScope<Echo>(
  dialect: SpeechDialect<Echo>,
  prefix: string,
  fixed: AnyService | undefined,
  { services, ...parts }: SpeechParts,
): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    const meant = (fixed === undefined ? services.all : [fixed]).filter(transcribes)
    if (meant.length === 0) return
    const words = failureWords(dialect)
    tellFailures(scope, () => words)
    requireKey(scope, () => dialect.credentials)
    await scope.register(multipart, { limits: { ...formBounds, files: 1 }, throwFileSizeLimit: false })
    scope.addContentTypeParser('*', (_request, _payload, done) => done(formWanted(), undefined))
    const serve = createServeSpeech(dialect, { ...parts, admit: createAdmit(services, fixed), services: meant })
    for (const route of dialect.routes) {
      for (const version of route.versions) {
        const url = prefix + version + route.path
        scope.post(url, { config: { upload: true } }, (request, reply) => serve(route, request, reply))
      }
    }
  }
}

function transcribes(service: AnyService): service is TranscriptionService {
  return service.kind === 'transcription'
}
