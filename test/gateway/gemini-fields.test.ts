import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askGemini, toldBy } from './ask-gemini.ts'
import { pngPixel } from './images.ts'
import { upstreamRequests } from './upstream-requests.ts'

/** A row of the table in the dialect's README. */
interface Row {
  readonly field: string
  readonly sample: unknown
  readonly what: string
}

const png = pngPixel.slice(pngPixel.indexOf(',') + 1)
const readme = readFileSync(new URL('../../src/dialects/gemini/README.md', import.meta.url), 'utf8').replaceAll(
  '$PNG',
  png,
)
/** Those of embeddings are asked for elsewhere, and have a test of their own. */
const lines = readme.split('\n').filter((line) => !line.startsWith('| `requests[]'))
const rows: Row[] = lines
  .map((line) => /^\| `([^`]+)` \| `(.+?)` \| (mapped to `|accepted|refused)(.*) \|$/.exec(line))
  .filter((found) => found !== null)
  .map(([, field = '', sample = '', kind = '', rest = '']) => ({
    field,
    sample: JSON.parse(sample),
    what: kind + rest,
  }))

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

type Body = Record<string, unknown>

const hi = { role: 'user', parts: [{ text: 'Hi' }] }
const f = { name: 'f', parameters: { type: 'object' } }

/** What a field needs around it to mean something. */
const surroundings: readonly (readonly [RegExp, () => Body])[] = [
  [/functionCall$|\.thought/, () => ({ contents: [{ role: 'model', parts: [{ text: 'Hi' }] }] })],
  [
    /functionResponse/,
    () => {
      const called = { role: 'model', parts: [{ functionCall: { name: 'f' } }] }
      return { contents: [hi, called, { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] }] }
    },
  ],
  [/inlineData\./, () => ({ contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: png } }] }] })],
  [
    /fileData\./,
    () => ({ contents: [{ parts: [{ fileData: { fileUri: 'https://example.org/a', mimeType: 'image/png' } }] }] }),
  ],
  [
    /^tools\[\]\.functionDeclarations\[\]/,
    () => ({ contents: [hi], tools: [{ functionDeclarations: [{ name: 'f' }] }] }),
  ],
  [/^toolConfig/, () => ({ contents: [hi], tools: [{ functionDeclarations: [f, { name: 'g' }] }] })],
  [/\.logprobs$/, () => ({ contents: [hi], generationConfig: { responseLogprobs: true } })],
]

function surroundingsOf(field: string): Body {
  const found = surroundings.find(([pattern]) => pattern.test(field))?.[1]() ?? { contents: [hi] }
  return structuredClone(found)
}

/** Puts a value where a path says; `[]` is the last item of a list. A part holds one thing only. */
function put(target: Body, [step = '', ...rest]: readonly string[], value: unknown): void {
  const name = step.replace('[]', '')
  if (rest.length === 0) {
    if (/^(?:inlineData|functionCall|functionResponse|executableCode|codeExecutionResult|unheardOf)$/.test(name))
      delete target['text']
    target[name] = value
    return
  }
  const inner = target[name] ?? (step.endsWith('[]') ? [{}] : {})
  target[name] = inner
  put((Array.isArray(inner) ? inner.at(-1) : inner) as Body, rest, value)
}

/** What reached the model, without what no caller decides. */
async function upstreamOf(body: Body): Promise<Body> {
  const response = await askGemini(gateway, body)
  expect(response.status, JSON.stringify(body)).toBe(200)
  await response.text()
  const sent = upstreamRequests(gateway, response.headers.get('x-request-id')).at(-1)?.body
  return sent as Body
}

test('the table names each field once', () => {
  expect(rows.length).toBeGreaterThan(80)
  expect(new Set(rows.map(({ field }) => field)).size).toBe(rows.length)
  expect(lines.filter((line) => line.startsWith('| `'))).toHaveLength(rows.length)
})

test.for(rows)('$field is $what', async ({ field, sample, what }) => {
  const body = surroundingsOf(field)
  put(body, field.split('.'), sample)
  if (what.startsWith('refused')) {
    const response = await askGemini(gateway, body)
    expect(response.status).toBe(400)
    const named = JSON.stringify((await toldBy(response)).error?.details)
    const path = field.replaceAll('[]', '[0]').replace(/\.unheardOf$/, '')
    expect(named).toContain(`"field":"${path}`)
    return
  }
  const [, wanted] = /^mapped to `(.*)`$/.exec(what) ?? []
  const sent = await upstreamOf(body)
  const before = await upstreamOf(surroundingsOf(field))
  if (wanted === undefined) expect(sent).toEqual(before)
  else {
    expect(sent).toMatchObject(JSON.parse(wanted))
    expect(sent).not.toEqual(before)
  }
})
