import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Faults } from '../faults/fault.ts'
import { soundSeconds } from '../sound/read-sound.ts'
import type { Manners } from './manners.ts'
import { type Form, readForm } from './multipart.ts'
import type { OpenRecord, RecordedForm, Recorder } from './recorder.ts'

/** One request and the socket that its reply goes to. */
export interface Exchange {
  readonly response: ServerResponse
  readonly record: OpenRecord
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown
  /** Undefined where the body is no multipart form. */
  readonly form: Form | undefined
  readonly query: URLSearchParams
  /** How many requests with this one's `x-request-id` were answered, this one included; 1 where it has none. */
  readonly tries: () => number
  faults: Faults
  /** True where a fault makes the reply shorter than it should be. */
  cutShort: boolean
  readonly manners: Manners
}

export interface ExchangeParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly bytes: Buffer
  readonly recorder: Recorder
  readonly faults: Faults
  readonly manners: Manners
}

export function openExchange({ request, response, bytes, recorder, faults, manners }: ExchangeParts): Exchange {
  const path = request.url ?? '/'
  const form = readForm(bytes, request.headers['content-type'] ?? '')
  const text = form === undefined ? bytes.toString() : ''
  const body = parseJson(text)
  const record = recorder.open({
    method: request.method ?? 'GET',
    path,
    headers: request.headers,
    body: form === undefined ? (body ?? (text === '' ? undefined : text)) : describeForm(form),
  })
  const tries = () => countTries(recorder, record)
  const exchange = { response, record, body, form, query: queryOf(path), tries, faults, cutShort: false, manners }
  response.once('close', () => {
    record.closedAt = Date.now()
    record.closedBy ??= response.writableFinished ? 'server' : 'client'
    record.finished = response.writableFinished && !exchange.cutShort
  })
  return exchange
}

/** Files by what they are, because tests want to compare them and nobody wants to keep them. */
function describeForm({ fields, files }: Form): RecordedForm {
  return {
    fields: Object.fromEntries(fields),
    files: files.map(({ field, name, type, bytes }) => ({
      field,
      name,
      type,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      seconds: soundSeconds(bytes) ?? null,
    })),
  }
}

function countTries({ requests }: Recorder, record: OpenRecord): number {
  const id = record.headers['x-request-id']
  if (id === undefined) return 1
  const isTry = ({ path, headers, status }: OpenRecord) =>
    path === record.path && headers['x-request-id'] === id && status === 200
  return requests.filter((other) => other !== record && isTry(other)).length + 1
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function queryOf(path: string): URLSearchParams {
  const start = path.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : path.slice(start + 1))
}

/** Sends the status line and headers without `connection` and `keep-alive`, which clients would obey: uvicorn has neither. */
export function sendHead(exchange: Exchange, status: number, headers: Readonly<Record<string, string | number>>): void {
  exchange.record.status = status
  exchange.response.removeHeader('connection')
  exchange.response.writeHead(status, { ...exchange.manners.headers, ...headers })
}

/** Breaks the connection off with a reset, after everything that was written has left. */
export async function resetConnection({ response, record }: Exchange): Promise<void> {
  const { socket } = response
  // What was written in this turn of the event loop reaches the socket in the next.
  await setImmediate()
  while (socket !== null && socket.writableLength > 0 && !socket.destroyed) await setImmediate()
  record.closedBy ??= 'server'
  socket?.resetAndDestroy()
}
