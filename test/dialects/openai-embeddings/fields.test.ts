import type { EmbeddingCreateParams } from 'openai/resources/embeddings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, errorOf } from '../../gateway/ask.ts'
import { embeddingsPath as path, startEmbeddingsGateway } from '../../gateway/embeddings-rig.ts'
import type { TestGateway } from '../../support/test-gateway.ts'
import { readFieldRows } from '../field-rows.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startEmbeddingsGateway()
})

afterAll(() => gateway.stop())

function asked(): readonly unknown[] {
  return gateway.simulator.requests.filter(({ path: at }) => at === path).map(({ body }) => body)
}

const plain = { model: 'embeddinggemma-300m', input: ['Hi'], encoding_format: 'base64' }

test.for(readFieldRows('openai-embeddings'))(
  '$field is $verdict: $sample',
  async ({ field, sample, verdict, wanted }) => {
    const { length } = asked()
    const response = await ask(gateway, { input: 'Hi', ...sample }, { path })
    if (verdict === 'refused') {
      expect(response.status).toBeOneOf([400, 422])
      expect((await errorOf(response)).param?.replaceAll(/\[\d+\]/g, '[]')).toBe(field)
      expect(asked()).toHaveLength(length)
      return
    }
    expect(response.status, await response.text()).toBe(200)
    expect(asked().at(-1)).toEqual({ ...plain, ...wanted })
  },
)

/** Does not compile when the SDK learns another field. */
const known = {
  dimensions: true,
  encoding_format: true,
  input: true,
  model: true,
  user: true,
} satisfies Record<keyof EmbeddingCreateParams, true>

test('the table holds every field that the SDK has', () => {
  const fields = new Set(readFieldRows('openai-embeddings').map(({ field }) => field.split(/[.[]/, 1)[0]))
  expect(Object.keys(known).filter((field) => !fields.has(field))).toEqual([])
})
