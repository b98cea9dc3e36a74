import fc from 'fast-check'
import { ResponseStream } from 'openai/lib/responses/ResponseStream'
import { expect, test } from 'vitest'
import type { ChatEvent, FinishReason } from '../../../src/chat/chat-event.ts'
import { createReplyFold } from '../../../src/chat/chat-reply.ts'
import { openStream } from '../../../src/dialects/openai-responses/encode-events.ts'
import { encodeReply } from '../../../src/dialects/openai-responses/encode-reply.ts'
import { answerTo, createdAt } from './answering.ts'
import { encodeAll, readEvents, type WrittenEvent } from './read-events.ts'

interface Call {
  readonly name: string
  readonly pieces: readonly string[]
}

const pieces = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
const call = fc.record({
  name: fc.constantFrom('f', 'ns__f', 'c', 'unheard-of'),
  pieces: fc
    .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })
    .map((value) => cut(JSON.stringify({ input: 'x', ...value }))),
})
const reply = fc.record({
  reasoning: fc.option(pieces, { nil: undefined }),
  text: fc.option(pieces, { nil: undefined }),
  calls: fc.array(call, { maxLength: 3 }),
  reason: fc.constantFrom<FinishReason>('stop', 'length', 'tool-calls', 'content-filter'),
})

/** Silences before which a keep-alive is sent, by the number of the event. */
const silences = fc.array(fc.nat({ max: 20 }), { maxLength: 4 })

function cut(text: string): string[] {
  return text.match(/[\s\S]{1,5}/g) ?? []
}

function said(kind: 'reasoning' | 'text', texts: readonly string[] | undefined): ChatEvent[] {
  if (texts === undefined) return []
  const deltas = texts.map((text): ChatEvent => ({ type: `${kind}-delta`, choice: 0, text }))
  return [{ type: `${kind}-start`, choice: 0 }, ...deltas, { type: `${kind}-end`, choice: 0 }]
}

function called({ name, pieces }: Call, index: number): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice: 0, index, id: `call_${index}`, name },
    ...pieces.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json })),
    { type: 'tool-call-end', choice: 0, index, complete: true },
  ]
}

type Reply = typeof reply extends fc.Arbitrary<infer Drawn> ? Drawn : never

function eventsOf({ reasoning, text, calls, reason }: Reply): ChatEvent[] {
  return [
    { type: 'start', created: 1 },
    ...said('reasoning', reasoning),
    ...said('text', text),
    ...calls.flatMap(called),
    { type: 'finish', choice: 0, reason, stopString: null },
    { type: 'usage', usage: { promptTokens: 1, cachedTokens: 0, completionTokens: 2, reasoningTokens: 0 } },
  ]
}

const body = {
  reasoning: { summary: 'auto' },
  tools: [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'c' },
    { type: 'namespace', name: 'ns', tools: [{ type: 'function', name: 'f' }] },
  ],
}

/** OpenAI's own reader of streams, which throws at every mistake in the order of events. */
async function readByClient(events: readonly WrittenEvent[]): Promise<unknown> {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`)
  const stream = ResponseStream.fromReadableStream(ReadableStream.from(lines.map((line) => Buffer.from(line))))
  return JSON.parse(JSON.stringify(await stream.finalResponse()))
}

test('whatever the model says, the stream is in order and tells what the whole reply would', async () => {
  const answer = await answerTo(body)
  const property = fc.asyncProperty(reply, silences, async (drawn, silent) => {
    const events = eventsOf(drawn)
    const encoder = openStream(answer, () => createdAt)
    const [before, after] = [events.slice(0, silent[0] ?? 0), events.slice(silent[0] ?? 0)]
    const frames =
      before.map((event) => encoder.encode(event)).join('') + silent.map(() => encoder.keepAlive()).join('')
    const written = readEvents(frames + encodeAll(encoder, after))
    const fold = createReplyFold()
    fold.add(events)
    const whole: unknown = JSON.parse(encodeReply(fold.reply(), answer, createdAt))
    expect(written.at(-1)?.['response']).toEqual(whole)
    const read = await readByClient(written.filter(({ type }) => type !== 'keepalive'))
    expect(read).toMatchObject({
      status: Reflect.get(Object(whole), 'status'),
      output: Reflect.get(Object(whole), 'output'),
    })
    expectPieces(written)
  })
  await fc.assert(property, { numRuns: 200 })
})

/** The pieces of each item are its whole. */
function expectPieces(written: readonly WrittenEvent[]): void {
  for (const done of written.filter(({ type }) => /(text|arguments|input)\.done$/.test(type))) {
    const isPiece = ({ type, item_id: id }: WrittenEvent) =>
      type === done.type.replace(/done$/, 'delta') && id === done['item_id']
    const whole = done['text'] ?? done['arguments'] ?? done['input']
    expect(
      written
        .filter(isPiece)
        .map(({ delta }) => delta)
        .join(''),
    ).toBe(whole)
  }
}
