import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import OpenAI from 'openai'

/** What a body is sent by; `bare` sends its bytes on a socket and asks for the connection to be closed. */
type Sender = 'sdk' | 'http' | 'bare 1.1' | 'bare 1.0'

interface Sending {
  readonly url: string
  readonly key: string
  readonly sender: Sender
  readonly bytes: number
}

/**
 * The status that somebody is told who sends a chat request of many bytes, or what went wrong instead. From a thread of its
 * own: within one, what is read and what is written never meet.
 */
export async function sendLargeBody(sending: Sending): Promise<number | string> {
  const worker = new Worker(new URL(import.meta.url), { workerData: sending })
  const [told] = await once(worker, 'message')
  return told
}

const path = '/v1/chat/completions'

async function send({ url, key, sender, bytes }: Sending): Promise<number> {
  if (sender === 'sdk') return sendBySdk(url, key, bytes)
  return sender === 'http' ? sendByHttp(url, key, bytes) : sendBare(url, key, bytes, sender.slice(-3))
}

async function sendBySdk(url: string, apiKey: string, bytes: number): Promise<number> {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
  const content = 'a'.repeat(bytes)
  const asked = client.chat.completions.create({ model: 'gemma4', messages: [{ role: 'user', content }] })
  return asked.then(
    () => 200,
    (thrown: unknown) => {
      if (thrown instanceof OpenAI.APIError && thrown.status !== undefined) return thrown.status
      throw thrown
    },
  )
}

async function sendByHttp(url: string, key: string, bytes: number): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const asked = httpRequest(url + path, { method: 'POST', headers, agent: false })
  asked.end(Buffer.alloc(bytes, 'a'))
  const [response] = await once(asked, 'response')
  response.resume()
  return response.statusCode
}

async function sendBare(url: string, key: string, bytes: number, version: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let told = ''
  socket.on('data', (piece: Buffer) => {
    told += piece.toString()
  })
  const lines = ['Host: x', `Authorization: Bearer ${key}`, 'Content-Type: application/json', 'Connection: close']
  socket.write([`POST ${path} HTTP/${version}`, ...lines, `Content-Length: ${bytes}`, '', ''].join('\r\n'))
  socket.write(Buffer.alloc(bytes, 'a'))
  await once(socket, 'close')
  return Number(told.split(' ')[1])
}

// What this file's own thread was given.
if (parentPort !== null && workerData?.sender !== undefined) {
  const told = await send(workerData as Sending).catch((thrown: unknown) => String(thrown))
  parentPort.postMessage(told)
}
