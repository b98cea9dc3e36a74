import type { ClientDialect } from '../client-dialect.ts'
import { buildRequest } from './build-request.ts'
import { readEvent } from './read-event.ts'

export const gemini: ClientDialect = {
  title: 'Google Gemini',
  version: '/v1beta',
  path: (model) => `/models/${encodeModel(model)}:streamGenerateContent?alt=sse`,
  headers: (key) => ({ 'x-goog-api-key': key }),
  body: (_model, question) => buildRequest(question),
  openReader: () => readEvent,
}

/** Google's names may have slashes, which stay, and `models/` in front, which the path has already. */
function encodeModel(model: string): string {
  return model
    .replace(/^models\//, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
}
