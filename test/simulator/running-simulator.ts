import { connect } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'

/** A look-alike that listens until the test is over, and the ways to ask it. */
export interface Running {
  readonly simulator: Simulator
  readonly url: string
  readonly port: number
  chat(body: object, init?: RequestInit): Promise<Response>
  post(path: string, body?: unknown): Promise<Response>
}

export async function runSimulator(options: Partial<SimulatorOptions> = {}): Promise<Running> {
  const simulator = createSimulator(options)
  const { url, port } = await simulator.listen()
  onTestFinished(() => simulator.close())
  const post = (path: string, body?: unknown, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
    })
  return { simulator, url, port, post, chat: (body, init) => post('/v1/chat/completions', body, init) }
}

/** A request body with one message of the user's. */
export function says(content: unknown, rest: object = {}): object {
  return { model: 'gemma-4-e2b', messages: [{ role: 'user', content }], ...rest }
}

export function tool(name: string, properties: object = { city: { type: 'string' } }): object {
  return { type: 'function', function: { name, parameters: { type: 'object', properties } } }
}

// A test looks into replies of every shape; a wrong guess fails its expectation.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Reply = any

/** The data of each event; `[DONE]` stays text. */
export function eventsOf(stream: string): Reply[] {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => (event === 'data: [DONE]' ? '[DONE]' : JSON.parse(event.slice('data: '.length))))
}

export async function streamed(response: Promise<Response>): Promise<Reply[]> {
  return eventsOf(await (await response).text())
}

export async function replied(response: Promise<Response>): Promise<Reply> {
  return await (await response).json()
}

export async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 5000, interval: 2 })
}

export interface RawAnswer {
  readonly text: string
  /** Such as `ECONNRESET`; undefined where the connection ended cleanly. */
  readonly error: string | undefined
}

/** Sends a chat request over a bare socket and reads until the server ends or breaks the connection. */
export function rawChat(port: number, body: object, path = '/v1/chat/completions'): Promise<RawAnswer> {
  const json = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n`
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`)
    })
    const pieces: Buffer[] = []
    let error: string | undefined
    socket.on('data', (piece: Buffer) => pieces.push(piece))
    socket.on('error', (thrown: NodeJS.ErrnoException) => {
      error = thrown.code
    })
    socket.on('close', () => resolve({ text: Buffer.concat(pieces).toString(), error }))
  })
}

/** The body of an ASCII message in chunked encoding, as far as it came. */
export function dechunk(text: string): string {
  let at = text.indexOf('\r\n\r\n') + 4
  let body = ''
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 16)) ?? []
    if (line === undefined || size === undefined) return body
    const start = at + line.length
    at = start + Number.parseInt(size, 16) + 2
    body += text.slice(start, at - 2)
  }
}
