import type { Socket } from 'node:net'
import type { AccessLine } from '../../src/chat/access-line.ts'
import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import type { TestGateway } from '../support/test-gateway.ts'
import { openSocket, rawRequest } from './raw-exchange.ts'
import { until } from './until.ts'

/** Clients on sockets of their own, which can leave in all the ways that clients do. */
export interface SocketClients {
  /** Sends a chat request; `length` is what it says of its body, where that is not true. */
  arrive(body: object | string, length?: number): Promise<Socket>
  /** Sends a chat request and waits until it is at the model. */
  reachModel(body: object): Promise<{ socket: Socket; asked: RecordedRequest }>
  chatRequests(): readonly RecordedRequest[]
  chatLines(): readonly AccessLine[]
  /** The next line that is logged of a chat. */
  newLine(act: () => Promise<void>): Promise<AccessLine | undefined>
  /** Everybody leaves, and the model has noticed. */
  leaveAll(): Promise<void>
}

export function createSocketClients(gateway: TestGateway): SocketClients {
  const sockets = new Set<Socket>()

  async function arrive(body: object | string, length?: number): Promise<Socket> {
    const socket = await openSocket(gateway)
    socket.on('error', () => undefined)
    sockets.add(socket)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const size = `Content-Length: ${length ?? Buffer.byteLength(text)}`
    const headers = ['Host: x', `Authorization: Bearer ${gateway.key}`, 'Content-Type: application/json', size]
    socket.write(rawRequest('POST /v1/chat/completions HTTP/1.1', headers, text))
    return socket
  }

  function chatRequests(): readonly RecordedRequest[] {
    return gateway.simulator.requests.filter(({ path }) => path === '/v1/chat/completions')
  }

  function chatLines(): readonly AccessLine[] {
    return gateway.lines.filter(({ method }) => method === 'POST')
  }

  return {
    arrive,
    chatRequests,
    chatLines,
    async reachModel(body) {
      const { length } = chatRequests()
      const socket = await arrive(body)
      await until(() => chatRequests().length > length)
      const asked = chatRequests()[length]
      if (asked === undefined) throw new Error('Nothing reached the model.')
      return { socket, asked }
    },
    async newLine(act) {
      const { length } = chatLines()
      await act()
      await until(() => chatLines().length > length)
      return chatLines()[length]
    },
    async leaveAll() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
      await until(() => gateway.simulator.running === 0)
    },
  }
}

export async function readUntil(socket: Socket, wanted: string): Promise<void> {
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  await until(() => text.includes(wanted))
}
