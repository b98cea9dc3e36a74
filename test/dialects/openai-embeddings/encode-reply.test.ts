import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeReply } from '../../../src/dialects/openai-embeddings/encode-reply.ts'

interface Body {
  readonly data: readonly { readonly index: number; readonly embedding: number[] | string }[]
}

function encode(vectors: readonly Float32Array[], base64: boolean): Body {
  const answer = { echo: { base64 }, model: 'a "model"' }
  // What is in it is what the tests look at.
  return JSON.parse([...encodeReply({ vectors, promptTokens: 5 }, answer)].join('')) as Body
}

const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 })
  .map((numbers) => Float32Array.from(numbers, (value) => value + 0))

test('the body is that of OpenAI', () => {
  expect(encode([Float32Array.of(0.5, -1e-7)], false)).toEqual({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.5, Math.fround(-1e-7)] }],
    model: 'a "model"',
    usage: { prompt_tokens: 5, total_tokens: 5 },
  })
})

test('every number comes out as it went in, as floats and in little-endian base64', () => {
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1, maxLength: 4 }), (vectors) => {
      const floats = encode(vectors, false).data.map(({ embedding }) => Float32Array.from(embedding as number[]))
      expect(floats).toEqual(vectors)
      const bytes = encode(vectors, true).data.map(({ embedding }) => Buffer.from(embedding as string, 'base64'))
      const decoded = bytes.map((some) => Array.from({ length: some.length / 4 }, (_, at) => some.readFloatLE(at * 4)))
      expect(decoded).toEqual(vectors.map((one) => [...one]))
    }),
  )
})
