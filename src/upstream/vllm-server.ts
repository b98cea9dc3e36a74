import { type Dispatcher, Pool } from 'undici'
import { GatewayError } from '../chat/gateway-error.ts'
import { type AnswerBody, type AnswerBodySource, createAnswerBody } from './answer-body.ts'

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
  const authorization = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
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

  /** Dispatched without undici's streams, which cost as much as the rest of a request. */
  function send({ method, path, body = '', requestId }: VllmAsk, signal: AbortSignal): Promise<VllmAnswer> {
    const headers: Record<string, string> = { ...authorization }
    if (method === 'POST') headers['content-type'] = 'application/json'
    if (requestId !== undefined) headers['x-request-id'] = requestId
    return new Promise((resolve, reject) => {
      let source: AnswerBodySource | undefined
      let exchange: Dispatcher.DispatchController | undefined

      // Before the connection is there, only the wait for it can be given up.
      function abort(): void {
        if (exchange === undefined) reject(signal.reason)
        else if (source === undefined) exchange.abort(signal.reason)
        else source.body.destroy(signal.reason)
      }

      function settle(): void {
        outstanding--
        signal.removeEventListener('abort', abort)
      }

      outstanding++
      signal.addEventListener('abort', abort)
      pool.dispatch(
        { method, path: basePath + path, headers, body: body === '' ? null : body },
        {
          onRequestStart(controller) {
            exchange = controller
            if (signal.aborted) abort()
          },
          onResponseStart(controller, status, responseHeaders) {
            // A provisional answer, such as 103, is not the answer.
            if (status < 200) return
            source = createAnswerBody(controller)
            resolve({ status, contentType: String(responseHeaders['content-type'] ?? ''), body: source.body })
          },
          onResponseData: (_controller, bytes) => source?.push(bytes),
          onResponseEnd() {
            settle()
            source?.end()
          },
          onResponseError(_controller, cause) {
            settle()
            if (source === undefined) reject(cause)
            else source.fail(cause)
          },
        },
      )
    })
  }

  async function sendTwice(ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer> {
    try {
      return await send(ask, signal)
    } catch (thrown) {
      if (signal.aborted || !lostConnection.has(codeOf(thrown))) throw thrown
      return send(ask, signal)
    }
  }

  return {
    url,
    get outstanding() {
      return outstanding
    },
    async ask(ask, signal) {
      signal.throwIfAborted()
      try {
        return await sendTwice(ask, signal)
      } catch (thrown) {
        throw signal.aborted ? signal.reason : unavailable(thrown)
      }
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
