import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import type { Speaker } from './speakers/speaker.ts'
import { stories } from './stories.ts'
import { can, exchange } from './tell.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { recordedMax: 10_000 },
    settings: `services: [{ upstreams: ['$VLLM'], places: 100 }]`,
  })
})

afterAll(() => gateway.stop())

type Body = Readonly<Record<string, unknown>>

/** Every field that a story of ours may bring to the model. */
const known = z.strictObject({
  model: z.string(),
  messages: z.array(
    z.strictObject({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      content: z
        .union([
          z.string(),
          z.array(
            z.union([
              z.strictObject({ type: z.literal('text'), text: z.string() }),
              z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string() }) }),
            ]),
          ),
        ])
        .nullable(),
      reasoning: z.string().optional(),
      tool_call_id: z.string().optional(),
      tool_calls: z
        .array(
          z.strictObject({
            id: z.string(),
            type: z.literal('function'),
            function: z.strictObject({ name: z.string(), arguments: z.string() }),
          }),
        )
        .optional(),
    }),
  ),
  max_completion_tokens: z.int().positive(),
  temperature: z.number(),
  top_p: z.number(),
  top_k: z.int(),
  min_p: z.number().optional(),
  presence_penalty: z.number().optional(),
  frequency_penalty: z.number().optional(),
  repetition_penalty: z.number().optional(),
  n: z.int().optional(),
  seed: z.int().optional(),
  stop: z.array(z.string()).optional(),
  logprobs: z.literal(true).optional(),
  top_logprobs: z.int().optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()).optional(),
          strict: z.boolean().optional(),
        }),
      }),
    )
    .optional(),
  tool_choice: z.enum(['auto', 'none']).optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z.looseObject({ type: z.enum(['json_object', 'json_schema']) }).optional(),
  continue_final_message: z.literal(true).optional(),
  add_generation_prompt: z.literal(false).optional(),
  chat_template_kwargs: z.strictObject({ enable_thinking: z.boolean() }),
  stream: z.literal(true).optional(),
  stream_options: z
    .strictObject({ include_usage: z.literal(true), continuous_usage_stats: z.literal(true) })
    .optional(),
})

const anything = fc.jsonValue({ maxDepth: 3 })
const strangeName = fc.oneof(
  fc.constantFrom('priority', 'cache_salt', 'request_id', 'toJSON', 'constructor', 'min_p', 'logprobs', 'seed', 'user'),
  fc.constantFrom('n', 'echo', 'min_tokens', 'guided_json', 'chat_template', 'stop_token_ids', 'bad_words'),
  fc.stringMatching(/^[a-z_A-Z]{1,12}$/),
)

interface Place {
  readonly holder: object
  readonly key: string | number
}

/** Every value of a body, by where it stands. */
function placesIn(holder: object): Place[] {
  return Object.entries(holder).flatMap(([key, value]) => {
    const place: Place = { holder, key: Array.isArray(holder) ? Number(key) : key }
    return typeof value === 'object' && value !== null ? [place, ...placesIn(value)] : [place]
  })
}

const damage = fc.record({
  at: fc.nat(10_000),
  act: fc.constantFrom('replace', 'remove', 'add', 'repeat'),
  value: anything,
  name: strangeName,
})

/** A body with some of its values replaced, left out or repeated, and fields added that it should not have. */
function damaged(body: Body, damages: readonly { at: number; act: string; value: unknown; name: string }[]): Body {
  const copy = structuredClone(body)
  for (const { at, act, value, name } of damages) {
    const places = placesIn(copy)
    const place = places[at % places.length]
    if (place === undefined) continue
    const { holder, key } = place
    if (act === 'replace') Reflect.set(holder, key, value)
    else if (act === 'remove') Reflect.deleteProperty(holder, key)
    else if (act === 'add') Reflect.set(holder, Array.isArray(holder) ? holder.length : name, value)
    else if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]))
  }
  return copy
}

/** Refusals are the caller's own fault, and told as the dialect tells them. */
async function expectAnsweredOrRefused(speaker: Speaker, body: Body, streamed: boolean): Promise<number> {
  const { path, headers } = speaker.ask({ says: 'Hi' }, streamed)
  const { response, text, sent } = await exchange(gateway, speaker, { path, headers, body })
  const { status } = response
  expect([200, 400, 404, 422], text).toContain(status)
  for (const reached of sent) known.parse(reached)
  if (status !== 200) {
    speaker.readError(text)
    expect(sent).toEqual([])
  }
  return status
}

describe.for(dialects.map((speaker) => [speaker.name, speaker] as const))('%s', ([, speaker]) => {
  const bodies = stories
    .filter(({ needs, story }) => can(speaker, needs) && !story.says.includes('fault'))
    // A call that has to be made, and then cannot be, is the model's failure.
    .filter(({ story: { choice = 'none' } }) => choice === 'none')
    .flatMap(({ story }) => [false, true].map((streamed) => ({ body: speaker.ask(story, streamed).body, streamed })))
    // What is undefined is not sent, so that it is no place for damage.
    .map(({ body, streamed }) => ({
      body: z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(body))),
      streamed,
    }))

  test('answers or refuses whatever is sent, and lets only known fields through to the model', async () => {
    const seen = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bodies),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async ({ body, streamed }, damages) => {
          const status = await expectAnsweredOrRefused(speaker, damaged(body, damages), streamed)
          seen.set(status, (seen.get(status) ?? 0) + 1)
        },
      ),
      { numRuns: 150 },
    )
    // They were not all refused, and not all taken.
    expect(seen.get(200)).toBeGreaterThan(10)
    expect((seen.get(400) ?? 0) + (seen.get(422) ?? 0)).toBeGreaterThan(10)
  })

  test('refuses whatever is no request at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { path, headers } = speaker.ask({ says: 'Hi' }, false)
        const response = await fetch(gateway.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers, ...speaker.present(gateway.key) },
          body: JSON.stringify(value),
        })
        const text = await response.text()
        expect([400, 404, 422], text).toContain(response.status)
        speaker.readError(text)
      }),
      { numRuns: 50 },
    )
  })
})
