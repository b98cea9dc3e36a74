import { readFileSync } from 'node:fs'
import type { ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, errorOf } from '../../gateway/ask.ts'
import { newestUpstreamBody } from '../../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts'

const readme = readFileSync(new URL('../../../src/dialects/openai-responses/README.md', import.meta.url), 'utf8')

interface Row {
  readonly field: string
  readonly sample: unknown
  readonly verdict: string
  /** The field of the request to vLLM, where there is one. */
  readonly target: string
}

const rows = [...readme.matchAll(/^\| `(.+?)` \| `(.+)` \| (mapped|accepted|refused)(?: to `(\w+)`)?/gm)].map(
  ([, field = '', sample = '', verdict = '', target = '']): Row => ({
    field,
    sample: JSON.parse(sample),
    verdict,
    target,
  }),
)

let gateway: TestGateway
let plain: Record<string, unknown>

beforeAll(async () => {
  gateway = await startTestGateway()
  await ask(gateway, bodyWith({}), { path: '/v1/responses' })
  plain = newestUpstreamBody(gateway)
})

afterAll(() => gateway.stop())

function bodyWith(fields: object): object {
  return { model: 'gemma4', input: 'Say a word', ...fields }
}

/** Does not compile when the SDK learns another field. */
const known = {
  access_programs: true,
  background: true,
  context_management: true,
  conversation: true,
  image: true,
  include: true,
  input: true,
  instructions: true,
  max_output_tokens: true,
  max_tool_calls: true,
  metadata: true,
  model: true,
  moderation: true,
  parallel_tool_calls: true,
  previous_response_id: true,
  prompt: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning: true,
  safety_identifier: true,
  service_tier: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  text: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  truncation: true,
  user: true,
} satisfies Record<keyof ResponseCreateParamsNonStreaming, true>

test('the tables hold every field that the SDK has', () => {
  const fields = new Set(rows.map(({ field }) => firstStep(field)))
  expect(Object.keys(known).filter((field) => !fields.has(field))).toEqual([])
  expect(readme.match(/^\| `/gm)).toHaveLength(rows.length + 2)
})

function firstStep(field: string): string {
  return field.split(/[.[]/, 1)[0] ?? ''
}

test.for(rows)('$field is $verdict', async ({ field, sample, verdict, target }) => {
  const { length } = gateway.simulator.requests
  const response = await ask(gateway, bodyWith({ [firstStep(field)]: sample }), { path: '/v1/responses' })
  if (verdict === 'refused') {
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ param: field, type: 'invalid_request_error' })
    expect(gateway.simulator.requests).toHaveLength(length)
    return
  }
  expect(response.status, await response.text()).toBe(200)
  const body = newestUpstreamBody(gateway)
  if (verdict === 'accepted') {
    expect(body).toEqual(plain)
    return
  }
  expect(body[target]).toBeDefined()
  expect(body[target]).not.toEqual(plain[target])
})
