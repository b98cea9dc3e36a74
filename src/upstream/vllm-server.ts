import { type Dispatcher, Pool } from 'undici'
import { GatewayError } from '../chat/gateway-error.ts'

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
  readonly body: Dispatcher.ResponseData['body']
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

  function send(ask: VllmAsk, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { accept: '*/*' }
    if (ask.body !== undefined) headers['content-type'] = 'application/json'
    if (apiKey !== null) headers['authorization'] = `Bearer ${apiKey}`
    if (ask.requestId !== undefined) headers['x-request-id'] = ask.requestId
    return pool.request({ method: ask.method, path: basePath + ask.path, headers, body: ask.body ?? null, signal })
  }

  async function sendTwice(ask: VllmAsk, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await send(ask, signal)
    } catch (thrown) {
      if (signal.aborted || !lostConnection.has(codeOf(thrown))) throw thrown
      return await send(ask, signal)
    }
  }

  return {
    url,
    get outstanding() {
      return outstanding
    },
    async ask(ask, signal) {
      outstanding++
      try {
        const { statusCode, headers, body } = await sendTwice(ask, signal)
        body.once('close', () => {
          outstanding--
        })
        return { status: statusCode, contentType: String(headers['content-type'] ?? ''), body }
      } catch (thrown) {
        outstanding--
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

/** Reads a small answer whole, at most `maxLength` bytes of it; the rest is not waited for. */
export async function readBounded(body: VllmAnswer['body'], maxLength: number): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length >= maxLength) break
  }
  return Buffer.concat(parts).toString('utf8', 0, maxLength)
}
