import type { Manners } from '../exchange/manners.ts'
import { failedToProcess, fileNotFound, invalidRequest, threw, WhisperError } from './whisper-error.ts'

export const whisperManners: Manners = {
  headers: {
    server: 'whisper.cpp (look-alike)',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'content-type, authorization',
  },
  objection: () => undefined,
  missing: fileNotFound,
  status: (status) => {
    if (status === 400) return invalidRequest
    return status === 500 ? failedToProcess : fileNotFound('on request')
  },
  dead: () => failedToProcess,
  failure: (thrown) => (thrown instanceof WhisperError ? thrown.answer : threw('Unknown Exception')),
}
