import { ClientError } from './client-error.ts'
import { connectionFailure } from './connection-failure.ts'
import type { Server } from './server.ts'
import { toldFailure } from './told-failure.ts'
import { withoutControls } from './without-controls.ts'

export interface Errand {
  readonly method: 'GET' | 'POST'
  /** Below the server's root. */
  readonly path: string
  readonly body?: unknown
  readonly signal: AbortSignal
}

/** An answer with a good status; throws ClientError for everything else, and what an aborted signal throws. */
export async function send(server: Server, { method, path, body, signal }: Errand): Promise<Response> {
  const response = await request(`${server.root}${path}`, {
    method,
    headers: { ...server.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    // The key is for this server alone: `fetch` would take most of its headers along to another one.
    redirect: 'manual',
    signal,
  })
  if (response.ok) return response
  throw await describeRefusal(response, Object.keys(server.headers).length > 0)
}

async function request(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, options)
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown
    throw connectionFailure(thrown, new URL(url))
  }
}

async function describeRefusal(response: Response, hasKey: boolean): Promise<ClientError> {
  const { status, headers } = response
  const words = toldFailure(await readJson(response)) ?? statusWords(status)
  if (status >= 300 && status < 400) {
    const target = headers.get('location') ?? 'it does not say where'
    return new ClientError(`The server is elsewhere: ${withoutControls(target)}.`)
  }
  if (status === 401 && !hasKey) {
    return new ClientError('The server wants a key (401). Give one with --key; --help says where else.')
  }
  const after = headers.get('retry-after')
  const retry = after !== null && /^\d{1,6}$/.test(after) ? ` Try again in ${after} s.` : ''
  return new ClientError(`The server refuses (${status}): ${words}${retry}`)
}

function statusWords(status: number): string {
  if (status === 404) return 'there is no such address; is --base-url right for this --dialect?'
  return 'it does not say why.'
}

const refusalBytesMax = 256 * 1024

/** The body's JSON; undefined where it is something else, or endless. */
async function readJson({ body }: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > refusalBytesMax) return undefined
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}
