/**
 * A light stand-in for vLLM, run as a process of its own: `node stand-in.ts <port>`. Streams at the pace that the request
 * names, each chunk in a write of its own as vLLM does; pace 0 is as fast as it can.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { modelList, readStreaming, streamShape, tokenCount, wholeReply } from './vllm-shapes.ts'

const port = Number(process.argv[2])
const plain = streamShape(false)
const counted = streamShape(true)

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

function sendJson(response: ServerResponse, json: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
  response.end(json)
}

async function sendStream(response: ServerResponse, body: string): Promise<void> {
  const { paceMs, chunks } = readStreaming(body)
  const { opening, text, ending } = body.includes('"continuous_usage_stats":true') ? counted : plain
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const frame of [opening, ...text.slice(-chunks), ...ending]) {
    if (response.destroyed) return
    response.write(frame)
    await (paceMs === 0 ? nextTurn() : wait(paceMs))
  }
  response.end()
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request)
  if (request.url === '/v1/models') return sendJson(response, modelList)
  if (request.url === '/tokenize') return sendJson(response, tokenCount)
  if (request.url !== '/v1/chat/completions') return sendJson(response, '{}')
  return body.includes('"stream":true') ? sendStream(response, body) : sendJson(response, wholeReply)
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy())
})
server.keepAliveTimeout = 75_000
server.listen(port, '127.0.0.1')
