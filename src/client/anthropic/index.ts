import type { ClientDialect } from '../client-dialect.ts'
import { buildRequest } from './build-request.ts'
import { readEvent } from './read-event.ts'

export const anthropic: ClientDialect = {
  title: 'Anthropic Messages',
  version: '/v1',
  path: () => '/messages',
  headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  body: buildRequest,
  openReader: () => readEvent,
}
