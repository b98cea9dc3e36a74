/**
 * The least that a gateway in Node can be, run as a process of its own: `node pass-through.ts <port> <upstream>`. It looks
 * at nothing, keeps no account, knows no key, and neither waits for slow readers nor notices clients that leave.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool } from 'undici'

const [port, upstream = ''] = process.argv.slice(2)
const pool = new Pool(upstream, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })

function pass(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method = 'GET', url = '/' } = request
  const headers = { 'content-type': request.headers['content-type'] ?? 'application/json' }
  pool.dispatch(
    { method, path: url, headers, body: body.length === 0 ? null : body },
    {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status, { 'content-type': type, 'content-length': length }) => {
        response.writeHead(status, {
          'content-type': String(type),
          ...(length === undefined ? undefined : { 'content-length': String(length) }),
        })
      },
      onResponseData: (_controller, bytes) => {
        response.write(bytes)
      },
      onResponseEnd: () => response.end(),
      onResponseError: () => response.destroy(),
    },
  )
}

createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => pass(request, response, Buffer.concat(pieces)))
}).listen(Number(port), '127.0.0.1')
