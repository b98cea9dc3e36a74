import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { createReplyFold } from '../../../src/chat/chat-reply.ts'
import { openStream } from '../../../src/dialects/gemini/encode-events.ts'
import { encodeReply } from '../../../src/dialects/gemini/encode-reply.ts'
import { createSseReader } from '../../../src/wire/read-sse.ts'
import { answer, type Told } from './answer.ts'

const pieces = fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 4 })
const said = fc.record({ kind: fc.constantFrom('text' as const, 'reasoning' as const), pieces })
const args = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
const called = fc.record({ kind: fc.constant('call' as const), args, space: fc.nat(3), cut: fc.nat(20) })
const choice = fc.record({
  blocks: fc.array(fc.oneof(said, called), { maxLength: 6 }),
  reason: fc.constantFrom('stop' as const, 'length' as const, 'tool-calls' as const),
})

type Choice = typeof choice extends fc.Arbitrary<infer Value> ? Value : never

function eventsOf({ blocks, reason }: Choice, index: number): ChatEvent[] {
  let made = 0
  const events = blocks.flatMap((block): ChatEvent[] => {
    if (block.kind !== 'call') {
      const deltas = block.pieces.map((text): ChatEvent => ({ type: `${block.kind}-delta`, choice: index, text }))
      return [{ type: `${block.kind}-start`, choice: index }, ...deltas, { type: `${block.kind}-end`, choice: index }]
    }
    const call = made++
    const json = JSON.stringify(block.args, null, block.space)
    const at = Math.min(block.cut, json.length)
    const parts = [json.slice(0, at), json.slice(at)].map(
      (part): ChatEvent => ({ type: 'tool-call-delta', choice: index, index: call, json: part }),
    )
    return [
      { type: 'tool-call-start', choice: index, index: call, id: `c${call}`, name: 'f' },
      ...parts,
      { type: 'tool-call-end', choice: index, index: call, complete: true },
    ]
  })
  return [...events, { type: 'finish', choice: index, reason, stopString: null }]
}

/** The choices' events in turns. */
function interleave(choices: readonly ChatEvent[][]): ChatEvent[] {
  const length = Math.max(...choices.map((events) => events.length))
  return Array.from({ length }, (_, at) => choices.flatMap((events) => events[at] ?? [])).flat()
}

const usage: ChatEvent = {
  type: 'usage',
  usage: { promptTokens: 3, cachedTokens: 1, completionTokens: 7, reasoningTokens: 2 },
}

/** What a client makes of candidates: neighbouring texts are one. */
function gather(objects: readonly Told[]) {
  const found = new Map<number, { thoughts: string; text: string; calls: unknown[]; finishes: string[] }>()
  for (const { index, content, finishReason } of objects.flatMap(({ candidates }) => candidates)) {
    const entry = found.get(index) ?? { thoughts: '', text: '', calls: [], finishes: [] }
    found.set(index, entry)
    expect(content.role).toBe('model')
    for (const part of content.parts) {
      if (part.functionCall !== undefined) entry.calls.push(part.functionCall)
      else if (part.thought === true) entry.thoughts += part.text
      else entry.text += part.text
    }
    if (finishReason !== undefined) entry.finishes.push(finishReason)
  }
  return [...found].sort(([left], [right]) => left - right)
}

test('whatever the blocks, a stream of either form says the same as the whole reply', () => {
  fc.assert(
    fc.property(
      fc.array(choice, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      (choices, sse, silent) => {
        const told = answer({
          stream: { framing: sse ? 'sse' : 'json-array', endsWithDone: false, breaksOffOnFailure: false },
        })
        const events: ChatEvent[] = [{ type: 'start', created: 1 }, ...interleave(choices.map(eventsOf)), usage]
        const encoder = openStream(told)
        const text =
          events.map((event) => encoder.encode(event) + (silent ? encoder.keepAlive() : '')).join('') + encoder.end()
        const objects: Told[] = sse
          ? createSseReader(1_000_000)
              .read(Buffer.from(text))
              .map((data) => JSON.parse(data))
          : JSON.parse(text)
        const fold = createReplyFold()
        fold.add(events)
        const whole = JSON.parse(encodeReply(fold.reply(), told))
        const streamed = objects.filter((object) => object.candidates !== undefined)
        expect(gather(streamed)).toEqual(gather([whole]))
        expect(streamed.at(-1).usageMetadata).toEqual(whole.usageMetadata)
      },
    ),
    { numRuns: 80 },
  )
})
