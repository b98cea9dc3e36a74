import { connect, type Socket } from 'node:net'
import multipart from '@fastify/multipart'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { type ReceivedSpeech, receiveForm } from '../../src/http/speech-upload.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openFolder } from '../speech/temporary-folder.ts'

/** A server that waits a twentieth of a second for the next part of a form, and a client that sends so much of one. */
async function send(form: string): Promise<ReceivedSpeech> {
  const { folder } = openFolder()
  const app = Fastify()
  await app.register(multipart)
  const received = Promise.withResolvers<ReceivedSpeech>()
  app.post('/', async (request, reply) => {
    const { signal } = new AbortController()
    received.resolve(receiveForm(request, { folder, bytesMax: 1000, signal, stallMs: 50 }))
    await received.promise.catch(() => undefined)
    return reply.send()
  })
  const socket = connect(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port), '127.0.0.1')
  onTestFinished(() => end(socket, () => app.close()))
  const headers = ['Host: x', 'Content-Type: multipart/form-data; boundary=b', 'Content-Length: 5000']
  socket.write(['POST / HTTP/1.1', ...headers, '', form].join('\r\n'))
  return received.promise
}

async function end(socket: Socket, close: () => Promise<unknown>): Promise<void> {
  socket.destroy()
  await close()
}

const file = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nsound\r\n'

test.each([
  ['before its first part', '--b\r\n'],
  ['in a field', '--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nwhat'],
  ['behind its file', `${file}--b\r\n`],
  ['behind its end', `${file}--b--\r\n`],
])('a form that stands still is given up: %s', async (_where, form) => {
  expect(await failureOf(() => send(form))).toMatchObject({
    kind: 'malformed-request',
    message: 'The upload stood still for 0.05 s.',
  })
})
