import type { IncomingHttpHeaders } from 'node:http'

/** A multipart form, as it is recorded. */
export interface RecordedForm {
  /** The last value where a name came twice. */
  readonly fields: Readonly<Record<string, string>>
  readonly files: readonly RecordedFile[]
}

interface RecordedFile {
  readonly field: string
  readonly name: string
  readonly type: string
  readonly bytes: number
  readonly sha256: string
  /** Of sound; null where it is none that this can read. */
  readonly seconds: number | null
}

/** What reached the look-alike, and how it ended. Times are Unix milliseconds. */
export interface RecordedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; a `RecordedForm` of a form; else the text; undefined where there was no body. */
  readonly body: unknown
  readonly receivedAt: number
  /** Undefined until headers leave. */
  readonly status: number | undefined
  /** When the reply was over: sent, or broken off. */
  readonly closedAt: number | undefined
  /** Who ended it: the client by closing the connection early, the server by ending or breaking off the reply. */
  readonly closedBy: 'client' | 'server' | undefined
  /** True once the whole reply was sent, undamaged in length. */
  readonly finished: boolean
}

export type OpenRecord = { -readonly [Name in keyof RecordedRequest]: RecordedRequest[Name] }

export interface Recorder {
  /** Newest last; the same array for the life of the look-alike. */
  readonly requests: RecordedRequest[]
  open(request: Pick<RecordedRequest, 'method' | 'path' | 'headers' | 'body'>): OpenRecord
  clear(): void
  /** Notes that the server now breaks off whatever is open. */
  breakOff(): void
}

export function createRecorder(recordedMax: number): Recorder {
  const requests: OpenRecord[] = []
  return {
    requests,
    open(request) {
      const record: OpenRecord = {
        ...request,
        receivedAt: Date.now(),
        status: undefined,
        closedAt: undefined,
        closedBy: undefined,
        finished: false,
      }
      requests.push(record)
      if (requests.length > recordedMax) requests.shift()
      return record
    },
    clear() {
      requests.length = 0
    },
    breakOff() {
      for (const record of requests) record.closedBy ??= 'server'
    },
  }
}
