import type { ClientDialect } from '../client-dialect.ts'
import { buildRequest } from './build-request.ts'
import { readEvent } from './read-event.ts'

export const openai: ClientDialect = {
  title: 'OpenAI Chat Completions',
  version: '/v1',
  path: () => '/chat/completions',
  headers: (key) => ({ authorization: `Bearer ${key}` }),
  body: buildRequest,
  openReader: () => readEvent,
}
