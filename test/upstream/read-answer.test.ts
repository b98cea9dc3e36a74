import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import type { AnswerBody } from '../../src/upstream/answer-body.ts'
import { createChunkDecoder } from '../../src/upstream/decode-chunk.ts'
import { readStream } from '../../src/upstream/read-answer.ts'
import { createChunkReaders } from '../../src/upstream/read-chunk.ts'
import { failureOf } from '../chat/failure-of.ts'
import { chunk, opening } from './vllm-chunks.ts'

describe('a failure that comes together with what was said before it', () => {
  const failing = '{"error":{"message":"No.","type":"InternalServerError","param":null,"code":500}}'
  const encode = (...frames: string[]) => Buffer.from(frames.map((frame) => `data: ${frame}\n\n`).join(''))

  /** Reads pieces of a stream, each of which comes at once, and gives what was delivered before the failure. */
  async function toldBefore(...pieces: Buffer[]): Promise<readonly ChatEvent[]> {
    const told: ChatEvent[] = []
    const body: AnswerBody = {
      async read(take) {
        for (const piece of pieces) await take(piece)
      },
      text: () => Promise.reject(new Error('A stream is not read as a text.')),
      destroy: () => undefined,
    }
    const decoder = createChunkDecoder({ choices: 1, firstCallOnly: false, tokensMax: 100 })
    await failureOf(() =>
      readStream(body, createChunkReaders()(), decoder, (events) => {
        told.push(...events)
        return undefined
      }),
    )
    return told
  }

  test('is told after it in the middle of an answer', async () => {
    const told = await toldBefore(encode(opening()), encode(chunk({ content: 'last words' }), failing))
    expect(told).toContainEqual({ type: 'text-delta', choice: 0, text: 'last words' })
  })

  test('is told after it also where it is a chunk that was cut', async () => {
    const piece = (text: string) => chunk({ content: text })
    const told = await toldBefore(encode(opening()), encode(piece('Do '), piece('NOT ').slice(0, -12), piece('it.')))
    expect(told.filter(({ type }) => type === 'text-delta')).toEqual([{ type: 'text-delta', choice: 0, text: 'Do ' }])
  })

  test('is all that is told where nothing has been told yet, so that it can be a status', async () => {
    expect(await toldBefore(encode(opening(), chunk({ content: 'first words' }), failing))).toEqual([])
  })
})
