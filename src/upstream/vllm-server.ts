import { Pool } from 'undici'
import { GatewayError } from '../chat/gateway-error.ts'
import type { AnswerBody } from './answer-body.ts'
import { VllmExchange } from './vllm-exchange.ts'

export interface VllmServerOptions {
  /** Origin and an optional base path, without a trailing slash. */
  readonly url: string
  readonly apiKey: string | null
  readonly connectMs: number
}

export interface VllmAsk {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly requestId?: string
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
   * Asks, and gives the answer as soon as its headers are there. Throws `upstream-unavailable` where no connection or no
   * answer could be had, or the signal's reason. Without a response byte a dead connection is tried once again.
   */
  ask(ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer>
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
  let outstanding = 0

  function send({ method, path, body, requestId }: VllmAsk, signal: AbortSignal): Promise<VllmAnswer> {
    const common = method === 'POST' ? postHeaders : fixedHeaders
    const headers = requestId === undefined ? common : [...common, 'x-request-id', requestId]
    outstanding++
    const exchange = new VllmExchange(signal, () => {
      outstanding--
    })
    pool.dispatch({ method, path: basePath + path, headers, body: body ?? null }, exchange)
    return exchange.answered
  }

  return {
    url,
    get outstanding() {
      return outstanding
    },
    ask(ask, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      return send(ask, signal)
        .catch((thrown: unknown) => {
          if (signal.aborted || !lostConnection.has(codeOf(thrown))) throw thrown
          return send(ask, signal)
        })
        .catch((thrown: unknown) => {
          throw signal.aborted ? signal.reason : unavailable(thrown)
        })
    },
    close: () => pool.destroy(),
  }
}

/** A connection that ended under the request, as an idle one that the server was just closing does. */
const lostConnection = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

function unavailable(cause: unknown): GatewayError {
  const message = 'The model server cannot be reached or does not answer.'
  return new GatewayError('upstream-unavailable', message, { cause, retryAfterSeconds: 2 })
}
