import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, streams } from './ask.ts'
import { openSocket, rawRequest } from './raw-exchange.ts'
import { finishesOf, framesOf, readFrames, textOf } from './read-frames.ts'
import { until } from './until.ts'

/** A model that is as fast as it can be; a stream that is silent for 400 ms has failed. */
let gateway: TestGateway
/** A model that makes 50 tokens a second: what comes in one read goes in one piece, also where a busy machine reads late. */
let steady: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { maxModelLen: 200_000 },
    settings: `services: [{ upstreams: ['$VLLM'], maxTokens: 200000, timeouts: { idle: 400ms } }]`,
  })
  steady = await startTestGateway({ simulator: { tokensPerSecond: 50 } })
})

afterAll(() => Promise.all([gateway.stop(), steady.stop()]))

describe('frames', () => {
  async function sendChat(gateway: TestGateway, body: object): Promise<Socket> {
    const socket = await openSocket(gateway)
    const json = JSON.stringify(body)
    const type = 'Content-Type: application/json'
    const headers = ['Host: x', type, `X-Api-Key: ${gateway.key}`, `Content-Length: ${Buffer.byteLength(json)}`]
    socket.write(rawRequest('POST /v1/chat/completions HTTP/1.1', headers, json))
    return socket
  }

  /** The pieces that a response was written in, as chunked encoding shows them. */
  async function readPieces(socket: Socket): Promise<string[]> {
    let text = ''
    for await (const piece of socket.setEncoding('latin1')) text += piece
    return dechunk(text.slice(text.indexOf('\r\n\r\n') + 4))
  }

  async function piecesOf(gateway: TestGateway, body: object): Promise<string[]> {
    return readPieces(await sendChat(gateway, body))
  }

  function dechunk(text: string): string[] {
    const pieces: string[] = []
    for (let at = 0; ; ) {
      const lineEnd = text.indexOf('\r\n', at)
      const size = Number.parseInt(text.slice(at, lineEnd), 16)
      if (!(size > 0)) return pieces
      pieces.push(text.slice(lineEnd + 2, lineEnd + 2 + size))
      at = lineEnd + 2 + size + 2
    }
  }

  test('that arrive together leave together', async () => {
    // The look-alike writes 64 events at once.
    const pieces = await piecesOf(gateway, streams('[[words 640]]'))
    const frames = readFrames(pieces.join(''))
    expect(frames.chunks.length).toBeGreaterThan(640)
    expect(pieces.length).toBeLessThan(40)
    for (const piece of pieces) expect(piece).toMatch(/^data: .*\n\n$/s)
  })

  test('that arrive one by one leave one by one', async () => {
    const pieces = await piecesOf(steady, streams('[[words 20]]'))
    expect(pieces.length).toBeGreaterThan(10)
  })

  test('wait at the model for a reader that does not read, and all come when it does', async () => {
    const words = 60_000
    const body = streams(`[[words ${words}]]`, { max_tokens: 190_000 })
    const { requests } = gateway.simulator
    const before = requests.length
    const socket = await sendChat(gateway, body)
    const find = () => requests.slice(before).find(({ path }) => path === '/v1/chat/completions')
    await until(() => find()?.status === 200)
    const asked = find()
    // The reader takes nothing for as long as the whole answer takes when somebody reads it.
    await framesOf(ask(gateway, body))
    expect(asked).toMatchObject({ finished: false, closedAt: undefined })
    const read = readFrames((await readPieces(socket)).join(''))
    expect(finishesOf(read)).toEqual(['stop'])
    expect(textOf(read)).toMatch(new RegExp(`w${words}$`))
    await until(() => asked?.finished === true)
  })
})
