import { readFileSync } from 'node:fs'
import type { MessageCreateParamsNonStreaming } from '@anthropic-ai/sdk/resources/beta/messages/messages'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../../gateway/ask.ts'
import { pngPixel } from '../../gateway/images.ts'
import { newestUpstreamBody } from '../../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts'

const path = new URL('../../../src/dialects/anthropic-messages/README.md', import.meta.url)
const readme = readFileSync(path, 'utf8').replaceAll('$PNG', pngPixel.slice(pngPixel.indexOf(',') + 1))

interface Row {
  readonly field: string
  readonly sample: unknown
  readonly verdict: string
  /** What the model server is asked with, where the field has an effect. */
  readonly target: object | undefined
}

const rows = [...readme.matchAll(/^\| `(.+?)` \| `(.+?)` \| (mapped|accepted|refused)(?: to `(.+)`)?/gm)].map(
  ([, field = '', sample = '', verdict = '', target]): Row => {
    const mapped = verdict === 'mapped'
    return { field, sample: JSON.parse(sample), verdict, target: mapped ? JSON.parse(target ?? '') : undefined }
  },
)

let gateway: TestGateway
let plain: Record<string, unknown>

beforeAll(async () => {
  gateway = await startTestGateway()
  plain = await upstreamOf({})
})

afterAll(() => gateway.stop())

function askWith(fields: object): Promise<Response> {
  const body = { model: 'gemma4', messages: [{ role: 'user', content: 'Say a word' }], ...fields }
  return ask(gateway, body, { path: '/v1/messages' })
}

async function upstreamOf(fields: object): Promise<Record<string, unknown>> {
  const response = await askWith(fields)
  expect(response.status, await response.text()).toBe(200)
  return newestUpstreamBody(gateway)
}

/** Does not compile when the SDK learns another field. */
const known = {
  betas: true,
  billing_policy: true,
  cache_control: true,
  compaction: true,
  container: true,
  context_management: true,
  diagnostics: true,
  fallback_credit_token: true,
  fallbacks: true,
  inference_geo: true,
  max_tokens: true,
  mcp_servers: true,
  messages: true,
  metadata: true,
  model: true,
  output_config: true,
  output_format: true,
  service_tier: true,
  speed: true,
  stop_sequences: true,
  stream: true,
  system: true,
  thinking: true,
  thread: true,
  tool_choice: true,
  tools: true,
  user_profile_id: true,
  workspace_id: true,
} satisfies Record<keyof MessageCreateParamsNonStreaming, true>

function stepsOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter((step) => step !== '')
}

test('the table holds every field that the SDK has', () => {
  const fields = new Set(rows.map(({ field }) => stepsOf(field)[0]))
  expect(Object.keys(known).filter((field) => !fields.has(field))).toEqual([])
  expect(readme.match(/^\| `/gm)).toHaveLength(rows.length + 1)
})

/** The fields without the one that a path leads to. */
function without(fields: object, field: string): object {
  const copy = structuredClone(fields)
  const steps = stepsOf(field)
  const last = steps.pop() ?? ''
  const parent: unknown = steps.reduce<unknown>((value, step) => Reflect.get(Object(value), step), copy)
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else Reflect.deleteProperty(Object(parent), last)
  return copy
}

test.for(rows)('$field is $verdict, as in $sample', async ({ field, sample, verdict, target }) => {
  const fields = { [stepsOf(field)[0] ?? '']: sample }
  if (verdict === 'refused') {
    const { length } = gateway.simulator.requests
    const response = await askWith(fields)
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { type: string; message: string } }
    expect(error).toMatchObject({ type: 'invalid_request_error' })
    expect(error.message).toContain(`\`${field.replaceAll(/\[(\d+)\]/g, '.$1')}\``)
    expect(gateway.simulator.requests).toHaveLength(length)
    return
  }
  const upstream = await upstreamOf(fields)
  if (target !== undefined) {
    expect(upstream).toMatchObject(target)
    expect(plain).not.toMatchObject(target)
    return
  }
  expect(upstream).toEqual(await upstreamOf(without(fields, field)))
})
