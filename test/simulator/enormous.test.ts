import { describe, expect, test } from 'vitest'
import { logprobsOf } from '../../src/simulator/reply/logprobs.ts'
import { sampleValue } from '../../src/simulator/reply/sample-value.ts'
import { transcribe } from '../../src/simulator/sound/transcript.ts'
import { runLlama } from './running-look-alikes.ts'
import { type Reply, replied, runSimulator, says, streamed, tool } from './running-simulator.ts'

/** Very long for what takes milliseconds, also on a machine with much to do, and short for what takes gigabytes. */
const soonMs = 4000
const lengthMax = 1_000_000

async function soon<Result>(act: () => Result | Promise<Result>): Promise<Result> {
  const from = performance.now()
  const result = await act()
  expect(performance.now() - from).toBeLessThan(soonMs)
  return result
}

const self = { $ref: '#' }
const long = 'x'.repeat(10_000)
const names = Array.from({ length: 1000 }, (_, index) => `p${index}`)
const lists = (depth: number): object => (depth === 0 ? {} : { type: 'array', minItems: 1000, items: lists(depth - 1) })
const nested = (depth: number): object => {
  let schema: object = {}
  for (let level = 0; level < depth; level += 1) schema = { items: schema }
  return schema
}

const enormous: [string, object][] = [
  ['a list of a hundred million', { type: 'array', minItems: 100_000_000, items: { type: 'integer' } }],
  ['a list without end', { minItems: Number.POSITIVE_INFINITY, items: {} }],
  ['a list of what is no schema', { type: 'array', minItems: 1e9, items: true }],
  ['a text of a billion', { type: 'string', minLength: 1e9 }],
  ['a text below nothing, in a long list', { minItems: 1e9, items: { minLength: -1e9 } }],
  ['lists of lists of lists', lists(8)],
  ['a long constant in a long list', { minItems: 1e6, items: { const: long } }],
  ['a long word of some in a long list', { minItems: 1e6, items: { enum: [[long]] } }],
  ['a long name in a long list', { minItems: 1e6, items: { required: [long] } }],
  ['a long reference in a long list', { minItems: 1e6, items: { $ref: `#/${long}` } }],
  ['a thousand of itself in each of a thousand', { properties: Object.fromEntries(names.map((name) => [name, self])) }],
  ['itself twice, always required', { properties: { a: self, b: self }, required: ['a', 'b'] }],
  ['all of itself, many times', { allOf: names.map(() => self), properties: { a: self } }],
  [
    'all of very many, in each of them',
    { allOf: names.map((name) => ({ properties: { [name]: self }, required: [name] })) },
  ],
  ['a hundred thousand levels', nested(100_000)],
  ['no step', { type: 'integer', multipleOf: 0 }],
  ['the smallest step', { type: 'number', multipleOf: 5e-324 }],
  ['the largest step', { type: 'number', multipleOf: 1.7e308, minimum: 1.7e308, exclusiveMinimum: 1.7e308 }],
  ['a hard pattern', { type: 'string', pattern: '(a+)+$', minLength: 1e6 }],
]

describe('a schema that asks for more than there is memory is answered soon, and with little', () => {
  test.each(enormous)('%s', async (_what, schema) => {
    const value = await soon(() => sampleValue(schema))
    expect(JSON.stringify(value).length).toBeLessThan(lengthMax)
  })

  test('as a format, up to max_tokens', async () => {
    const { chat } = await runSimulator()
    const json_schema = { name: 'a', schema: { type: 'array', minItems: 1e8, items: { type: 'integer' } } }
    const body = says('Hi', { response_format: { type: 'json_schema', json_schema }, n: 4, temperature: 1 })
    const { choices, usage } = await soon(() => replied(chat(body)))
    expect(choices.map((choice: Reply) => choice.finish_reason)).toEqual(['length', 'length', 'length', 'length'])
    expect(usage.total_tokens).toBeGreaterThan(4 * 8000)
  })

  test('as the parameters of a tool that is called very often', async () => {
    const { chat } = await runSimulator()
    const list = { type: 'array', minItems: 1e8, items: { const: long } }
    const tools = [tool('f', { list: { ...list, items: {} } })]
    for (const merge of ['', '[[merge]]']) {
      const body = says(`${'[[call f]]'.repeat(1000)}${merge}`, { tools })
      const { choices } = await soon(() => replied(chat(body)))
      expect(JSON.stringify(choices).length).toBeLessThan(lengthMax)
    }
  })
})

describe('a directive that asks for too much gets as much as a context holds', () => {
  test.each([
    '[[words 1000000000]]',
    '[[words 99999]]'.repeat(1000),
    `[[call f {"a":"${']]'.repeat(5000)}`,
    `[[think ${'a '.repeat(1000)}]][[words 1e300]]`,
  ])('%.40s', async (text) => {
    const { chat } = await runSimulator()
    const body = says(text, { tools: [tool('f')], stream: true, stream_options: { include_usage: true } })
    const events = await soon(() => streamed(chat(body)))
    expect(events.at(-2).usage.total_tokens).toBeLessThanOrEqual(8192)
  })

  test.each(['huge-event 1000000000', 'slow-first 1e15'])(
    'but a fault with such a number is none: %s',
    async (fault) => {
      const { chat } = await runSimulator()
      const response = await soon(() => chat(says(`[[fault ${fault}]]`)))
      expect(response.status).toBe(400)
      expect((await replied(Promise.resolve(response))).error.message).toContain('up to 5000000')
    },
  )
})

describe('a number in a request that asks for too much is refused, or does little', () => {
  test.each([
    { max_tokens: 1_000_000_000 },
    { max_completion_tokens: 1e300 },
    { n: 16_384 },
    { logprobs: true, top_logprobs: 1_000_000_000 },
    { logprobs: true, top_logprobs: -1 },
  ])('%j', async (wish) => {
    const { chat } = await runSimulator()
    expect((await soon(() => chat(says('[[words 9999]]', wish)))).status).toBe(400)
  })

  test('log probabilities of an event that is huge', async () => {
    const text = JSON.stringify(await soon(() => logprobsOf(['x'.repeat(5_000_000)], 20)))
    expect(text.length).toBeLessThan(20_000)
  })

  test('a prompt of many megabytes, before it is cut into tokens', async () => {
    const { chat } = await runSimulator()
    const response = await soon(() => chat(says('a '.repeat(5_000_000))))
    expect(response.status).toBe(400)
  })

  test('a tool without a name', async () => {
    const { chat } = await runSimulator()
    expect((await soon(() => chat(says('Hello', { tools: [tool('')] })))).status).toBe(200)
  })

  test('how often a fault is to come', async () => {
    const { post } = await runSimulator()
    expect((await soon(() => post('/simulator/faults', { fault: 'hang', times: 1e12 }))).status).toBe(400)
  })

  test('inputs and dimensions of embeddings', async () => {
    const embeddings = [await runSimulator({ serves: 'embeddings' }), await runLlama()]
    for (const { post } of embeddings) {
      const many = Array.from({ length: 300_000 }, () => 'a')
      expect((await soon(() => post('/v1/embeddings', { input: many }))).status).toBe(400)
      const { data } = await soon(() => replied(post('/v1/embeddings', { input: 'a', dimensions: 1e9 })))
      expect(data[0].embedding).toHaveLength(768)
    }
  })
})

describe('a sound whose header claims a length that it cannot have', () => {
  test('is heard for some hours', async () => {
    for (const seconds of [7e10, Number.POSITIVE_INFINITY]) {
      expect(await soon(() => transcribe(seconds, 'transcribe', null))).toHaveLength(5000)
      expect(await soon(() => transcribe(seconds, 'transcribe', 'said '.repeat(10_000)))).toHaveLength(1)
    }
  })

  test.each([0, 1])('is too long for a context: %j bytes a second', async (bytesPerSecond) => {
    const { chat } = await runSimulator()
    const wav = Buffer.alloc(2_000_000)
    wav.write('RIFF')
    wav.writeUInt32LE(bytesPerSecond, 28)
    const audio = { type: 'input_audio', input_audio: { data: wav.toString('base64'), format: 'wav' } }
    const response = await soon(() => chat(says([audio])))
    expect(response.status).toBe(400)
    expect((await replied(Promise.resolve(response))).error.message).toContain('Input length')
  })
})
