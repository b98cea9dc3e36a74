import { connect, type Socket } from 'node:net'
import type { TestGateway } from '../support/test-gateway.ts'

export interface RawResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export function openSocket({ url }: TestGateway): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends bytes as they stand and reads until the gateway ends the connection. */
export async function exchangeRaw(gateway: TestGateway, text: string): Promise<RawResponse> {
  const socket = await openSocket(gateway)
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(text)
  await closed
  return readResponse(Buffer.concat(pieces).toString())
}

/** The lines of a request that asks for the connection to be closed, and its body. */
export function rawRequest(start: string, headers: readonly string[] = [], body = ''): string {
  return [start, ...headers, 'Connection: close', '', body].join('\r\n')
}

function readResponse(text: string): RawResponse {
  const final = text.replace(/^HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n/, '')
  const [head = '', ...rest] = final.split('\r\n\r\n')
  const [start = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(start.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') }
}
