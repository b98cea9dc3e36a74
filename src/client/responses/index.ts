import type { ClientDialect } from '../client-dialect.ts'
import { buildRequest } from './build-request.ts'
import { openReader } from './read-event.ts'

export const responses: ClientDialect = {
  title: 'OpenAI Responses',
  version: '/v1',
  path: () => '/responses',
  headers: (key) => ({ authorization: `Bearer ${key}` }),
  body: buildRequest,
  openReader,
}
