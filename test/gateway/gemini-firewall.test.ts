import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askGemini, toldBy } from './ask-gemini.ts'
import { pngPixel } from './images.ts'
import { upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

const anything = fc.jsonValue({ maxDepth: 3 })

/** Almost always the one, so that a body of many fields is often taken as a whole. */
function mostly<Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 40 }, { arbitrary: anything, weight: 1 })
}

const strangeNames = [
  'min_tokens',
  'guided_json',
  'toJSON',
  'constructor',
  'cachedContent',
  'priority',
  'thought',
  'user',
  'n',
]
const name = fc.oneof(fc.constantFrom(...strangeNames), fc.stringMatching(/^[a-z_A-Z]{1,12}$/))

function record(fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[] = []): fc.Arbitrary<object> {
  const known = fc.record(Object.fromEntries(Object.entries(fields).map(([field, usual]) => [field, mostly(usual)])), {
    requiredKeys: [...required],
  })
  const extra = fc.oneof(
    { arbitrary: fc.constant({}), weight: 8 },
    { arbitrary: fc.dictionary(name, anything, { maxKeys: 2 }), weight: 1 },
  )
  return fc.tuple(extra, known).map(([more, object]) => ({ ...more, ...object }))
}

const functionName = fc.oneof(fc.constantFrom('f', 'server.read', 'a:b'), fc.string({ minLength: 1, maxLength: 80 }))
const args = fc.dictionary(fc.string(), anything, { maxKeys: 2 })
const image = fc.constant({ mimeType: 'image/png', data: pngPixel.slice(pngPixel.indexOf(',') + 1) })
const id = fc.constantFrom('a', 'b', '')
const userPart = fc.oneof(
  record({ text: fc.string() }, ['text']),
  record({ inlineData: image }, ['inlineData']),
  record({ functionResponse: record({ id, name: functionName, response: args }, ['name']) }, ['functionResponse']),
)
const modelPart = fc.oneof(
  record({ text: fc.string(), thought: fc.boolean(), thoughtSignature: fc.string() }, ['text']),
  record({ functionCall: record({ id, name: functionName, args }, ['name']) }, ['functionCall']),
)
const content = fc.oneof(
  record(
    { role: fc.constantFrom('user', 'function', 'USER'), parts: fc.array(userPart, { minLength: 1, maxLength: 3 }) },
    ['parts'],
  ),
  record({ role: fc.constant('model'), parts: fc.array(modelPart, { maxLength: 3 }) }, ['role', 'parts']),
)
const schema = fc.oneof(
  fc.constantFrom(
    { type: 'OBJECT' },
    { type: 'STRING', nullable: true, enum: ['a'] },
    { any_of: [{ type: 'NUMBER' }] },
  ),
  args,
)
const config = record({
  temperature: fc.constantFrom(0.5, 2),
  topP: fc.constant(0.5),
  top_k: fc.constant(3),
  maxOutputTokens: fc.integer({ min: 1, max: 50 }),
  stopSequences: fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 4 }),
  seed: fc.integer(),
  candidateCount: fc.integer({ min: 1, max: 4 }),
  responseMimeType: fc.constantFrom('application/json', 'text/plain'),
  responseSchema: schema,
  thinkingConfig: record({ thinking_budget: fc.integer({ min: -1, max: 9 }), includeThoughts: fc.boolean() }),
})
const tools = fc.array(
  record({
    functionDeclarations: fc.array(
      record({ name: functionName, description: fc.string(), parameters: schema }, ['name']),
      { maxLength: 2 },
    ),
    googleSearch: fc.constant({}),
  }),
  { maxLength: 2 },
)
const body = record(
  {
    contents: fc.array(content, { minLength: 1, maxLength: 4 }),
    systemInstruction: fc.oneof(fc.string(), fc.constant({ parts: { text: 'Be brief.' } })),
    generationConfig: config,
    tools,
    toolConfig: record({ functionCallingConfig: record({ mode: fc.constantFrom('AUTO', 'none', 'VALIDATED') }) }),
  },
  ['contents'],
)

/** Every field that may reach vLLM for a request of this dialect. */
const allowed = new Set(
  'chat_template_kwargs max_completion_tokens messages model n response_format seed stop stream stream_options temperature tool_choice tools top_k top_p'.split(
    ' ',
  ),
)
const method = fc.constantFrom(
  'generateContent',
  'streamGenerateContent',
  'streamGenerateContent?alt=sse',
  'countTokens',
)

test('whatever is sent is answered or refused as the caller’s mistake, and only known fields reach the model', async () => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(body, method, async (sent, asked) => {
      const response = await askGemini(gateway, sent, { path: `/v1beta/models/gemma4:${asked}` })
      if (response.status !== 200) {
        const { error } = await toldBy(response)
        expect([response.status, error?.status], JSON.stringify(error)).toEqual([400, 'INVALID_ARGUMENT'])
        return
      }
      answered++
      await response.text()
      for (const { body } of upstreamRequests(gateway, response.headers.get('x-request-id'))) {
        expect(Object.keys(Object(body)).filter((field) => !allowed.has(field))).toEqual([])
      }
    }),
    { numRuns: 150 },
  )
  expect(answered).toBeGreaterThan(15)
})
