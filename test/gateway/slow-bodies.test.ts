import { connect, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestTimes } from '../../src/http/request-times.ts'
import { answerBrokenRequests } from '../../src/http/server-options.ts'
import { cutSlowBodies } from '../../src/http/slow-bodies.ts'
import { until } from './until.ts'

let app: FastifyInstance
let port: number

beforeAll(async () => {
  app = Fastify({ forceCloseConnections: true })
  cutSlowBodies(app, { bodyMs: 80, longestMs: 60_000 })
  app.post('/chat', () => 'told')
  app.post('/upload', { config: { upload: true } }, () => 'told')
  await app.ready()
  answerBrokenRequests(app.server)
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => app.close())

/** Sends the head and a part of a body of ten bytes. */
function begin(path: string, body: string): { socket: Socket; told(): string } {
  const socket = connect(port, '127.0.0.1')
  let told = ''
  socket.on('data', (piece: Buffer) => {
    told += piece.toString()
  })
  socket.on('error', () => undefined)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n${body}`)
  return { socket, told: () => told }
}

test('a body that dawdles is cut, while an upload may go on', async () => {
  const upload = begin('/upload', '01234')
  const chat = begin('/chat', '01234')
  await until(() => chat.socket.closed)
  expect(chat.told()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n.*The request was not sent in time\./s)
  expect(upload.told()).toBe('')
  upload.socket.write('56789')
  await until(() => upload.told().includes('told'))
  expect(upload.told()).toMatch(/^HTTP\/1.1 200 OK/)
  upload.socket.destroy()
})

test('the connection of a body that came in time is left alone', async () => {
  const first = begin('/chat', '0123456789')
  await until(() => first.told().includes('told'))
  const second = begin('/chat', '01234')
  await until(() => second.socket.closed)
  expect(first.socket.closed).toBe(false)
  first.socket.destroy()
})

test('uploads have more time by their size, where there are any', () => {
  const parts = (services: readonly object[]) => ({ bodyMaxBytes: 33_554_432, services: { all: services } }) as never
  expect(requestTimes(parts([{ kind: 'chat' }]))).toEqual({ bodyMs: 15_000, longestMs: 15_000 })
  expect(requestTimes(parts([{ kind: 'chat' }, { kind: 'transcription', uploadMaxBytes: 26_214_400 }]))).toEqual({
    bodyMs: 15_000,
    longestMs: 400_000,
  })
})
