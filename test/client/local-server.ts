import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body's JSON, or undefined where there was none. */
  readonly body: unknown
}

export interface LocalServer {
  readonly url: string
  readonly received: readonly Received[]
}

/** A server of the test's own, on real sockets, that is gone when the test is. */
export async function startLocalServer(answer: (response: ServerResponse) => void): Promise<LocalServer> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = await request.toArray()
    const text = Buffer.concat(chunks).toString()
    const { method = '', url = '', headers } = request
    received.push({ method, path: url, headers, body: text === '' ? undefined : JSON.parse(text) })
    answer(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return { url: `http://127.0.0.1:${address.port}`, received }
}

/** Answers with an event stream, each piece of it written apart. */
export function streaming(pieces: readonly (string | Uint8Array)[]): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    for (const piece of pieces) response.write(piece)
    response.end()
  }
}
