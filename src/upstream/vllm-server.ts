import { Readable } from 'node:stream'
import { Pool } from 'undici'
import { GatewayError } from '../chat/gateway-error.ts'
import { createGather } from '../wire/gathering.ts'
import type { AnswerBody } from './answer-body.ts'
import type { ServerWord } from './balance/ejection.ts'
import { VllmExchange, wordOfFailure } from './vllm-exchange.ts'

export interface VllmServerOptions {
  /** Origin and an optional base path, without a trailing slash. */
  readonly url: string
  readonly apiKey: string | null
  readonly connectMs: number
}

export interface VllmAsk {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /**
   * Text and bytes are sent again where a connection dies before a byte of the answer, and so is a stream that can be
   * opened anew; a stream by itself is sent once. A stream is destroyed when its exchange is over.
   */
  readonly body?: string | Uint8Array | Readable | (() => Readable)
  /** `application/json` where a POST does not say. */
  readonly contentType?: string
  /** Of a stream, in bytes, where it is known; else it goes in chunks. */
  readonly contentLength?: number
  readonly requestId?: string
  /** What a conversation keeps while it grows: where it is alike, the same server is asked. Only called where there are several. */
  readonly prefix?: () => string
  /** Told which server is asked, each time; only called where there are several. */
  readonly onAsk?: (url: string) => void
  /** The server answers it without its model, so that a good answer says nothing of the model. */
  readonly withoutModel?: boolean
}

export interface VllmAnswer {
  readonly status: number
  readonly contentType: string
  /** To be taken to its end, or destroyed. */
  readonly body: AnswerBody
}

/** One model server behind one long-lived pool of connections. */
export interface VllmServer {
  readonly url: string
  /** Requests that wait for their answer or are in the middle of it. */
  readonly outstanding: number
  /**
   * Asks, and gives the answer as soon as its first byte is there. Throws `upstream-unavailable` where no connection or no
   * answer could be had, or the signal's reason. Without a byte of an answer a dead connection is tried once again.
   * `tell` is told what the exchange says of the server, whatever its end.
   */
  ask(ask: VllmAsk, signal: AbortSignal, tell?: (word: ServerWord) => void): Promise<VllmAnswer>
  close(): Promise<void>
}

/** vLLM ends idle connections after 5 s by default; ours must end first, or a request meets a closed one. */
const keepAliveMs = 4000

export function createVllmServer({ url, apiKey, connectMs }: VllmServerOptions): VllmServer {
  const { origin, pathname } = new URL(url)
  const basePath = pathname === '/' ? '' : pathname
  const fixedHeaders = apiKey === null ? [] : ['authorization', `Bearer ${apiKey}`]
  const postHeaders = [...fixedHeaders, 'content-type', 'application/json']
  // Generations may be silent for minutes: undici's own timeouts are off, the deadlines are ours.
  const pool = new Pool(origin, {
    pipelining: 1,
    connections: null,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectMs },
  })
  const gather = createGather()
  let outstanding = 0

  function headersOf({ method, contentType, contentLength, requestId }: VllmAsk): string[] {
    const common = method === 'POST' && contentType === undefined ? postHeaders : fixedHeaders
    if (requestId === undefined && contentType === undefined && contentLength === undefined) return common
    const headers = [...common]
    if (contentType !== undefined) headers.push('content-type', contentType)
    if (contentLength !== undefined) headers.push('content-length', String(contentLength))
    if (requestId !== undefined) headers.push('x-request-id', requestId)
    return headers
  }

  function send(ask: VllmAsk, signal: AbortSignal, tell: (word: ServerWord) => void): Promise<VllmAnswer> {
    const body = typeof ask.body === 'function' ? ask.body() : ask.body
    const stream = body instanceof Readable ? body : undefined
    outstanding++
    const settled = () => {
      outstanding--
      stream?.destroy()
    }
    const exchange = new VllmExchange(signal, { gather, settled, tell })
    // Whoever gives up the wait for a connection is not waited for by its stream.
    if (stream !== undefined) exchange.answered.catch(() => stream.destroy())
    pool.dispatch(
      { method: ask.method, path: basePath + ask.path, headers: headersOf(ask), body: body ?? null },
      exchange,
    )
    return exchange.answered
  }

  return {
    url,
    get outstanding() {
      return outstanding
    },
    ask(ask, signal, tell = ignore) {
      if (signal.aborted) {
        tell('nothing')
        return Promise.reject(signal.reason)
      }
      return send(ask, signal, tell)
        .catch((thrown: unknown) => {
          if (signal.aborted || !lostConnection.has(codeOf(thrown)) || !isRepeatable(ask)) throw thrown
          return send(ask, signal, tell)
        })
        .catch((thrown: unknown) => {
          const failure = signal.aborted ? signal.reason : failureOf(thrown)
          tell(failure === thrown || signal.aborted ? wordOfFailure(thrown, signal) : wordOfLoss(thrown))
          throw failure
        })
    },
    close: () => pool.destroy(),
  }
}

/** A stream that is begun cannot be sent again. */
export function isRepeatable({ body }: VllmAsk): boolean {
  return !(body instanceof Readable)
}

/** A connection that ended under the request, as an idle one that the server was just closing does. */
const lostConnection = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Nobody listens there, or there is no such place. */
const refusedConnection = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])

function wordOfLoss(thrown: unknown): ServerWord {
  return refusedConnection.has(codeOf(thrown)) ? 'refused' : 'unreachable'
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

/** A body of the request's that fails in the house's own words says so itself. */
function failureOf(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  const message = 'The model server cannot be reached or does not answer.'
  return new GatewayError('upstream-unavailable', message, { cause, retryAfterSeconds: 2 })
}

function ignore(): void {}
