import { readFileSync } from 'node:fs'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askGemini, toldBy } from './ask-gemini.ts'
import { batchesOf, startEmbeddingsGateway } from './embeddings-rig.ts'
import { pngPixel } from './images.ts'

let gateway: TestGateway
let sdk: GoogleGenAI

beforeAll(async () => {
  gateway = await startEmbeddingsGateway({ service: 'prompts: embeddinggemma, aliases: [gemini-embedding-*]' })
  const httpOptions = { baseUrl: gateway.url, retryOptions: { attempts: 1 } }
  sdk = new GoogleGenAI({ apiKey: gateway.key, httpOptions })
})

afterAll(() => gateway.stop())

const path = '/v1beta/models/embeddinggemma:batchEmbedContents'
const model = 'gemini-embedding-001'

interface Embeddings {
  readonly embedding?: { readonly values: readonly number[] }
  readonly embeddings?: readonly { readonly values: readonly number[] }[]
  readonly usageMetadata: { readonly promptTokenCount: number }
}

async function embeddingsOf(response: Response): Promise<Embeddings> {
  expect(response.status).toBe(200)
  // What is in it is what the tests look at.
  return (await response.json()) as Embeddings
}

function contentOf(text: string): object {
  return { parts: [{ text }] }
}

describe("Google's SDK", () => {
  test('is given a vector', async () => {
    const { embeddings } = await sdk.models.embedContent({ model, contents: 'Hello world' })
    expect(embeddings?.[0]?.values).toHaveLength(768)
  })

  test('is given as many vectors as contents, as short as it says', async () => {
    const contents = ['a', 'b', 'c']
    const { embeddings } = await sdk.models.embedContent({ model, contents, config: { outputDimensionality: 256 } })
    expect(embeddings?.map(({ values }) => values?.length)).toEqual([256, 256, 256])
    for (const { values = [] } of embeddings ?? []) expect(Math.hypot(...values)).toBeCloseTo(1, 5)
  })

  test.each([
    ['RETRIEVAL_QUERY', 'task: search result | query: x'],
    ['RETRIEVAL_DOCUMENT', 'title: none | text: x'],
    ['SEMANTIC_SIMILARITY', 'task: sentence similarity | query: x'],
    ['CLASSIFICATION', 'task: classification | query: x'],
    ['CLUSTERING', 'task: clustering | query: x'],
    ['QUESTION_ANSWERING', 'task: question answering | query: x'],
    ['FACT_VERIFICATION', 'task: fact checking | query: x'],
    ['CODE_RETRIEVAL_QUERY', 'task: code retrieval | query: x'],
    ['TASK_TYPE_UNSPECIFIED', 'x'],
  ])('with the task %s the model is asked with its words for it', async (taskType, asked) => {
    await sdk.models.embedContent({ model, contents: 'x', config: { taskType } })
    expect(batchesOf(gateway).at(-1)).toEqual([asked])
  })

  test('raises what is refused', async () => {
    const asking = sdk.models.embedContent({ model, contents: 'x', config: { outputDimensionality: 4096 } })
    await expect(asking).rejects.toThrow('at most 768')
  })
})

test.each(['/v1beta', '/v1', '/v1alpha', '', '/embeddinggemma/v1beta', '/embeddinggemma'])(
  'one content is embedded below %s',
  async (prefix) => {
    const body = { content: contentOf('Hello world') }
    const response = await askGemini(gateway, body, { path: `${prefix}/models/embeddinggemma:embedContent` })
    const { embedding, usageMetadata } = await embeddingsOf(response)
    expect(embedding?.values).toHaveLength(768)
    expect(usageMetadata.promptTokenCount).toBe(3)
  },
)

test('an input that is too long is refused with its place, or cut where its request says so', async () => {
  const long = Array.from({ length: 2100 }, (_, at) => `w${at}`).join(' ')
  const requests = [{ content: contentOf('a') }, { content: contentOf(long) }]
  const refused = await askGemini(gateway, { requests }, { path })
  expect(refused.status).toBe(400)
  const { error } = await toldBy(refused)
  expect(error?.message).toMatch(/^The input token count \(\d+\) exceeds .* \(2048\): `requests\[1\]\.content`\.$/)
  expect(JSON.stringify(error?.details)).toContain('"field":"requests[1].content"')
  const cut = await embeddingsOf(
    await askGemini(gateway, { requests: requests.map((one) => ({ ...one, autoTruncate: true })) }, { path }),
  )
  expect(cut.usageMetadata.promptTokenCount).toBe(2 + 2048)
})

test.each([
  [{ requests: [] }, 'requests'],
  [{ requests: [{ content: { parts: [{ text: '' }] } }] }, 'requests[0].content.parts[0].text'],
  [{ requests: [{ content: contentOf('a') }, {}] }, 'requests[1].content'],
  [{ requests: [{ content: contentOf('a') }, 'b'] }, 'requests[1]'],
  [{ requests: [{ content: contentOf('a'), taskType: 'SING' }] }, 'requests[0].taskType'],
  [{ requests: [{ content: contentOf('a'), outputDimensionality: 0 }] }, 'requests[0].outputDimensionality'],
])('%j is refused at %s', async (body, field) => {
  const response = await askGemini(gateway, body, { path })
  expect(response.status).toBe(400)
  const { error } = await toldBy(response)
  expect(error?.status).toBe('INVALID_ARGUMENT')
  expect(JSON.stringify(error?.details)).toContain(`"field":"${field}"`)
  expect(error?.message).toContain(`\`${field}\`: found `)
})

test('another method is told which there are', async () => {
  const response = await askGemini(gateway, {}, { path: '/v1beta/models/embeddinggemma:asyncBatchEmbedContent' })
  expect(response.status).toBe(404)
  expect((await toldBy(response)).error?.message).toContain('embedContent, batchEmbedContents')
})

const readme = readFileSync(new URL('../../src/dialects/gemini/README.md', import.meta.url), 'utf8')
const rows = readme
  .replaceAll('$PNG', pngPixel.slice(pngPixel.indexOf(',') + 1))
  .split('\n')
  .filter((line) => line.startsWith('| `requests[]'))
  .map(
    (line) =>
      /^\| `requests\[\]\.([^`]+)` \| `(.+?)` \| (mapped|accepted|refused)(?: to `(.+?)`)?(?:: .*)? \|$/.exec(line) ?? [
        line,
      ],
  )
  .map(([line = '', field = line, sample = '', verdict = '', wanted = '{}']) => ({ field, sample, verdict, wanted }))

describe('the table of fields', () => {
  test('has no line that is none, and names each once', () => {
    expect(rows.length).toBeGreaterThan(8)
    expect(rows.filter(({ verdict }) => verdict === '')).toEqual([])
    expect(new Set(rows.map(({ field }) => field)).size).toBe(rows.length)
  })

  test.for(rows)('$field is $verdict: $sample', async ({ field, sample, verdict, wanted }) => {
    const request = {
      content: { parts: [{ text: 'Hi' }] },
      ...(field === 'title' && { taskType: 'RETRIEVAL_DOCUMENT' }),
    }
    put(request, field.split('.'), JSON.parse(sample.replaceAll('\\|', '|')))
    const response = await askGemini(gateway, { requests: [request] }, { path })
    expect(response.status).toBe(verdict === 'refused' ? 400 : 200)
    if (verdict === 'refused') {
      expect(JSON.stringify((await toldBy(response)).error?.details)).toContain('"field":"requests[0].content.parts[0]')
      return
    }
    await response.text()
    const sent = { input: batchesOf(gateway).at(-1) }
    expect(sent).toEqual(verdict === 'mapped' ? JSON.parse(wanted.replaceAll('\\|', '|')) : { input: ['Hi'] })
  })
})

/** Puts a value where a path says; `[]` is the only item of a list. A part holds one thing only. */
function put(target: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: unknown): void {
  const name = step.replace('[]', '')
  if (rest.length === 0) {
    if (name === 'inlineData') delete target['text']
    target[name] = value
    return
  }
  const inner = target[name]
  // What is on the way is there already.
  put((Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown>, rest, value)
}
