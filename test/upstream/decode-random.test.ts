import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatEvents } from '../../src/chat/chat-event.ts'
import { createReplyFold } from '../../src/chat/chat-reply.ts'
import type { AnswerBody } from '../../src/upstream/answer-body.ts'
import { createChunkDecoder } from '../../src/upstream/decode-chunk.ts'
import { readStream } from '../../src/upstream/read-answer.ts'
import { createChunkReaders } from '../../src/upstream/read-chunk.ts'
import { deliveriesOf } from '../support/deliveries.ts'
import { expectGrammar } from './event-grammar.ts'
import { anyChoices, createRolls, dice, framesOf, wanted } from './random-replies.ts'
import { decodeAll } from './vllm-chunks.ts'

function said(events: ChatEvents) {
  const fold = createReplyFold()
  fold.add(events)
  return fold.reply().choices.map(({ reasoning, text, toolCalls }) => ({
    reasoning,
    text,
    toolCalls: toolCalls.map(({ name, json }) => ({ name, json })),
  }))
}

test('reasoning, text and calls, cut and mixed in any way, keep the grammar and lose nothing', () => {
  fc.assert(
    fc.property(anyChoices, dice, (choices, numbers) => {
      const events = decodeAll(framesOf(choices, createRolls(numbers)), { choices: choices.length })
      expectGrammar(events, choices.length)
      expect(said(events)).toEqual(wanted(choices))
    }),
    { numRuns: 500 },
  )
})

/** A body that comes in pieces of some lengths. */
function bodyOf(bytes: Buffer, roll: () => number): AnswerBody {
  let at = 0
  const next = () => {
    const from = at
    at += 1 + roll() * 7
    return bytes.subarray(from, at)
  }
  return {
    async read(take) {
      while (at < bytes.length) await take(next())
    },
    text: () => Promise.reject(new Error('A stream is not read as a text.')),
    destroy: () => undefined,
  }
}

test('the bytes of a stream, cut in any way, give the same events', async () => {
  await fc.assert(
    fc.asyncProperty(anyChoices, dice, async (choices, numbers) => {
      const frames = framesOf(choices, createRolls(numbers))
      const bytes = Buffer.from([...frames, '[DONE]'].map((frame) => `data: ${frame}\n\n`).join(''))
      const decoder = createChunkDecoder({ choices: choices.length, firstCallOnly: false, tokensMax: 100 })
      const body = bodyOf(bytes, createRolls(numbers))
      const batches = await deliveriesOf((deliver) => readStream(body, createChunkReaders()(), decoder, deliver))
      expect(batches.flat()).toEqual(decodeAll(frames, { choices: choices.length }))
    }),
    { numRuns: 200 },
  )
})
