import { describe, expect, test } from 'vitest'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { httpAnswer, type RawAnswer, runRawServer } from './raw-server.ts'
import { connectUpstream, startServers, textOf } from './running-upstream.ts'
import { chunk, ending, opening } from './vllm-chunks.ts'

const models = httpAnswer('{"data":[{"id":"gemma-4-e2b","max_model_len":8192}]}')
const request = asks('Hi')

/** An upstream whose server tells its model properly, and then answers as a test has it. */
async function connectTo(answer: RawAnswer) {
  const { url } = await runRawServer((socket, before) => {
    if (before === 0) socket.write(models)
    else answer(socket, before)
  })
  return connectUpstream(startServers([url]))
}

const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n'

/** An answer that says so much of a stream and breaks off. */
function breaksAfter(...frames: string[]): RawAnswer {
  const body = frames.map((frame) => `data: ${frame}\n\n`).join('')
  return (socket) => {
    socket.write(streamHead + body, () => socket.destroy())
  }
}

const usage = { prompt_tokens: 3, completion_tokens: 2 }

describe('a connection that breaks', () => {
  test('after the finish has cost nothing of the answer', async () => {
    const { ask } = await connectTo(breaksAfter(opening(), chunk({ content: 'Hi' }, { usage }), ending('stop')))
    const events = await ask(request)
    expectGrammar(events, 1)
    expect(textOf(events)).toBe('Hi')
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 3, completionTokens: 2 } })
  })

  test('before it is a failure', async () => {
    const { ask } = await connectTo(breaksAfter(opening(), chunk({ content: 'Hi' })))
    expect((await failureOf(() => ask(request))).kind).toBe('upstream-failed')
  })

  test('is accounted for also where the newest count came without a word', async () => {
    let goOn: () => void = () => undefined
    const { upstream } = await connectTo((socket) => {
      socket.write(`${streamHead}data: ${opening()}\n\n`)
      goOn = () => socket.write(`data: ${chunk({}, { usage })}\n\n`, () => socket.destroy())
    })
    const visit = openVisit()
    const deliver = () => {
      goOn()
      return undefined
    }
    expect((await failureOf(() => upstream.answer(request, visit, deliver))).kind).toBe('upstream-failed')
    expect(visit.entry.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 })
  })
})

test('a stream is one in whatever case its type is written', async () => {
  const { ask } = await connectTo((socket) => {
    const frames = [opening(), chunk({ content: 'Hi' }), ending('stop'), '[DONE]'].map((frame) => `data: ${frame}\n\n`)
    socket.write(streamHead.replace('text/event-stream', 'TEXT/EVENT-STREAM') + frames.join(''), () => socket.destroy())
  })
  expect(textOf(await ask(request))).toBe('Hi')
})

test('a 200 that is no stream is a failure, and is not listened to any longer', async () => {
  let closed = false
  const { ask } = await connectTo((socket) => {
    socket.on('close', () => {
      closed = true
    })
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 100000\r\n\r\n<html>')
  })
  expect((await failureOf(() => ask(request))).kind).toBe('upstream-failed')
  await until(() => closed)
})
