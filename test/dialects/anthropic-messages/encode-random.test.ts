import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { createReplyFold } from '../../../src/chat/chat-reply.ts'
import { openStream } from '../../../src/dialects/anthropic-messages/encode-events.ts'
import { encodeReply } from '../../../src/dialects/anthropic-messages/encode-reply.ts'
import { isJsonObject } from '../../../src/wire/is-json-object.ts'
import { caller, seal } from '../answering.ts'
import { answer, readFrames, type Told } from './answer.ts'

const pieces = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 })
const said = fc.record({ kind: fc.constantFrom('text' as const, 'reasoning' as const), pieces })
const args = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('{"a": "cut', '{"a": [1, {"b":', 'no json', '[1]', '{}'),
)
const called = fc.record({ kind: fc.constant('call' as const), args, cut: fc.nat(20) })
const blocks = fc.array(fc.oneof(said, called), { maxLength: 7 })
const reason = fc.constantFrom('stop' as const, 'length' as const, 'tool-calls' as const)

type Block = typeof blocks extends fc.Arbitrary<(infer Value)[]> ? Value : never

function eventsOf(all: readonly Block[]): ChatEvent[] {
  let made = 0
  return all.flatMap((block): ChatEvent[] => {
    if (block.kind !== 'call') {
      const deltas = block.pieces.map((text): ChatEvent => ({ type: `${block.kind}-delta`, choice: 0, text }))
      return [{ type: `${block.kind}-start`, choice: 0 }, ...deltas, { type: `${block.kind}-end`, choice: 0 }]
    }
    const index = made++
    const parts = [block.args.slice(0, block.cut), block.args.slice(block.cut)]
    return [
      { type: 'tool-call-start', choice: 0, index, id: `c${index}`, name: 'f' },
      ...parts.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json })),
      { type: 'tool-call-end', choice: 0, index, complete: isJsonObject(block.args) },
    ]
  })
}

const usage: ChatEvent = {
  type: 'usage',
  usage: { promptTokens: 9, cachedTokens: 4, completionTokens: 7, reasoningTokens: 2 },
}

const deltaOf: Record<string, readonly string[]> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
}

/** Reads a stream as strictly as the grammar is, and gives the blocks that it tells. */
function readMessage(frames: readonly Told[]): { content: Told[]; ending: Told } {
  const told = frames.filter(({ type }) => type !== 'ping')
  expect(told[0].type).toBe('message_start')
  expect(told.slice(-2).map(({ type }) => type)).toEqual(['message_delta', 'message_stop'])
  const content: Told[] = []
  let open = false
  for (const frame of told.slice(1, -2)) {
    if (frame.type === 'content_block_start') {
      expect(open).toBe(false)
      expect(frame.index).toBe(content.length)
      content.push({ ...frame.content_block, pieces: '' })
      open = true
      continue
    }
    expect(open).toBe(true)
    expect(frame.index).toBe(content.length - 1)
    if (frame.type === 'content_block_delta') addDelta(content.at(-1), frame.delta)
    else expect(frame.type).toBe('content_block_stop')
    open = frame.type !== 'content_block_stop'
  }
  expect(open).toBe(false)
  return { content, ending: told.at(-2) }
}

function addDelta(block: Told, delta: Told): void {
  expect(deltaOf[block.type]).toContain(delta.type)
  expect(block.signature ?? '').toBe('')
  if (delta.type === 'signature_delta') block.signature = delta.signature
  else block.pieces += delta.text ?? delta.thinking ?? delta.partial_json
}

const join = (content: readonly Told[], type: string, read: (block: Told) => string) =>
  content.filter((block) => block.type === type).map(read)

test('whatever the events, the grammar of blocks holds, and the stream says the same as the whole reply', () => {
  fc.assert(
    fc.property(blocks, reason, fc.boolean(), fc.boolean(), (all, why, showsThinking, silent) => {
      const told = answer({ showsThinking })
      const finish: ChatEvent = { type: 'finish', choice: 0, reason: why, stopString: null }
      const events: ChatEvent[] = [
        { type: 'start', created: 1, promptTokens: 9, cachedTokens: 4 },
        ...eventsOf(all),
        finish,
        usage,
      ]
      const encoder = openStream(told)
      const pause = silent ? encoder.keepAlive() : ''
      const stream = pause + events.map((event) => encoder.encode(event) + pause).join('') + encoder.end()
      const { content, ending } = readMessage(readFrames(stream))
      const fold = createReplyFold()
      fold.add(events)
      const whole: Told = JSON.parse(encodeReply(fold.reply(), told))

      const thoughts = (blocksTold: readonly Told[], read: (block: Told) => string) =>
        join(blocksTold, 'thinking', (block) => seal.open(block.signature, caller.keyId) || read(block)).join('')
      expect(thoughts(content, ({ pieces: text }) => text)).toBe(thoughts(whole.content, ({ thinking }) => thinking))
      const texts = join(content, 'text', ({ pieces: text }) => text)
      expect(texts).not.toContain('')
      expect(texts.join('')).toBe(join(whole.content, 'text', ({ text }) => text).join(''))
      const inputs = join(content, 'tool_use', ({ pieces: json }) => json)
      expect(inputs.map((json) => JSON.parse(json))).toEqual(join(whole.content, 'tool_use', ({ input }) => input))
      expect(join(content, 'tool_use', ({ id }) => id)).toEqual(join(whole.content, 'tool_use', ({ id }) => id))
      expect(ending.usage).toEqual(whole.usage)
      expect(ending.delta).toEqual({ stop_reason: whole.stop_reason, stop_sequence: whole.stop_sequence })
    }),
    { numRuns: 200 },
  )
})
