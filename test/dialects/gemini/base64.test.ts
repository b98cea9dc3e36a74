import fc from 'fast-check'
import { expect, test } from 'vitest'
import { standardBase64, urlBase64 } from '../../../src/dialects/gemini/base64.ts'

test('both alphabets, padded or not, become either one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (array) => {
      const bytes = Buffer.from(array)
      const [standard, url] = [bytes.toString('base64'), bytes.toString('base64url')]
      const padded = url.padEnd(standard.length, '=')
      for (const spelling of [standard, url, padded, standard.replace(/=+$/, '')]) {
        expect(standardBase64(spelling)).toBe(standard)
        expect(urlBase64(spelling)).toBe(url)
      }
    }),
  )
})
