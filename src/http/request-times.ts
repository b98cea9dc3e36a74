import type { Services } from '../chat/services.ts'
import type { AnyService } from './any-service.ts'

/** A client must have sent its headers by then, and its whole request unless the largest body takes longer. */
export const headersMs = 15_000
/** The slowest line that the largest body is expected on, in bytes a second: 18 Mbit/s. */
const slowestLine = 2_250_000
/** The same for recordings, which come from phones: half a Mbit/s. */
const slowestUploadLine = 65_536

/** How long requests may be on their way, in milliseconds. */
export interface RequestTimes {
  readonly bodyMs: number
  /** Of any request, uploads among them. */
  readonly longestMs: number
}

export function requestTimes(parts: {
  readonly bodyMaxBytes: number
  readonly services: Services<AnyService>
}): RequestTimes {
  const uploads = parts.services.all.map((service) => (service.kind === 'transcription' ? service.uploadMaxBytes : 0))
  const bodyMs = timeFor(parts.bodyMaxBytes, slowestLine)
  return { bodyMs, longestMs: Math.max(bodyMs, timeFor(Math.max(...uploads), slowestUploadLine)) }
}

function timeFor(bytes: number, bytesASecond: number): number {
  return Math.max(headersMs, Math.ceil(bytes / bytesASecond) * 1000)
}
