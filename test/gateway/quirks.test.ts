import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, functionTool, streams } from './ask.ts'
import { finishesOf, framesOf, textOf } from './read-frames.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

describe("vLLM's quirks are made right", () => {
  const plain = streams('[[think Hm]][[words 15]]')

  test.for(['no-done', 'drip', 'crlf', 'comments'] as const)('(%s)', async (fault) => {
    const expected = await framesOf(ask(gateway, plain))
    gateway.simulator.faults.next(fault)
    const frames = await framesOf(ask(gateway, plain))
    expect(frames.done).toBe(true)
    expect(textOf(frames)).toBe(textOf(expected))
    expect(finishesOf(frames)).toEqual(['stop'])
    expect(frames.chunks).toHaveLength(expected.chunks.length)
  })

  test('(text beyond ASCII, one byte at a time)', async () => {
    const said = 'naïve 日本語 🙂🙃 end'
    gateway.simulator.faults.next('drip')
    expect(textOf(await framesOf(ask(gateway, streams(`[[say ${said}]]`))))).toBe(said)
  })

  test('(a delta that holds everything): reasoning, then text, then calls with an index and arguments', async () => {
    const content = '[[merge]][[think Hm]][[say Well]][[call f {"a": 1}]][[call g {"b": 2}]]'
    const asked = streams(content, { tools: [functionTool('f'), functionTool('g')] })
    const { chunks } = await framesOf(ask(gateway, asked))
    const deltas = chunks.map(({ choices }) => choices?.[0]?.delta)
    const kinds = deltas.map((delta) => Object.keys(delta ?? {}).at(-1) ?? 'none')
    expect(kinds).toEqual(['refusal', 'reasoning_content', 'content', ...Array(4).fill('tool_calls'), 'none'])
    expect(deltas.flatMap((delta) => delta?.tool_calls ?? [])).toMatchObject([
      { index: 0, id: expect.any(String), type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"a": 1}' } },
      { index: 1, id: expect.any(String), type: 'function', function: { name: 'g', arguments: '' } },
      { index: 1, function: { arguments: '{"b": 2}' } },
    ])
    expect(finishesOf({ chunks, comments: 0, done: true })).toEqual(['tool_calls'])
  })

  test('(a first tool delta without arguments): every tool delta has an index and arguments, and names come once', async () => {
    const asked = streams('[[call f {"city": "Paris", "days": 3}]]', { tools: [functionTool('f')] })
    const { chunks } = await framesOf(ask(gateway, asked))
    const calls = chunks.flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? [])
    expect(calls.length).toBeGreaterThan(2)
    for (const call of calls) expect(call).toMatchObject({ index: 0, function: { arguments: expect.any(String) } })
    const [first, ...later] = calls
    expect(first).toMatchObject({ id: expect.any(String), function: { name: 'f', arguments: '' } })
    for (const call of later) expect(Object.keys(call)).toEqual(['index', 'function'])
    expect(later.map((call) => call.function.arguments).join('')).toBe('{"city": "Paris", "days": 3}')
  })

  test.for([true, false])('(a tool call that was cut): it ends with length, streamed: %s', async (stream) => {
    const limited = { stream, tools: [functionTool('f')], max_tokens: 5 }
    const response = await ask(gateway, streams('[[call f {"city": "Llanfairpwllgwyngyll"}]]', limited))
    const text = await response.text()
    expect(text).toContain('"finish_reason":"length"')
    expect(text).not.toContain('"finish_reason":"tool_calls"')
  })

  test('(nulls and fields of its own): clients get only fields that OpenAI has, and reasoning', async () => {
    const { chunks } = await framesOf(ask(gateway, plain))
    const names = ['id', 'object', 'created', 'model', 'choices']
    for (const chunk of chunks) {
      expect(Object.keys(chunk)).toEqual(names)
      expect(chunk.id).toMatch(/^chatcmpl-req_/)
      const [choice] = chunk.choices ?? []
      expect(Object.keys(choice ?? {})).toEqual(['index', 'delta', 'logprobs', 'finish_reason'])
    }
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  test('(thinking that never closes): all of it stays reasoning, and the content is empty', async () => {
    const frames = await framesOf(ask(gateway, streams('[[think a b]][[say c]][[fault unclosed-thinking]]')))
    expect(textOf(frames)).toBe('')
    const reasoning = frames.chunks.map(({ choices }) => choices?.[0]?.delta.reasoning_content ?? '').join('')
    expect(reasoning).toBe('a bc')
    expect(finishesOf(frames)).toEqual(['stop'])
  })
})
