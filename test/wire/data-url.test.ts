import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDataUrl } from '../../src/wire/data-url.ts'

test('reads the bytes of a base64 data URL, whatever type it declares', () => {
  for (const head of ['data:image/png', 'data:', 'data:text/plain;charset=utf-8', 'data:image/jpeg;name=a.jpg']) {
    expect(readDataUrl(`${head};base64,aGVsbG8=`)?.toString()).toBe('hello')
  }
})

test('reads back all bytes of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
      const read = readDataUrl(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`)
      expect(read).toEqual(Buffer.from(bytes))
    }),
  )
})

describe('refuses', () => {
  test.each([
    ['another scheme', 'http://example.org/a.png;base64,aGVsbG8='],
    ['no comma', 'data:image/png;base64'],
    ['another encoding', 'data:image/png,hello'],
    ['a media type of unbearable length', `data:${'a'.repeat(200)};base64,aGVsbG8=`],
  ])('a URL with %s', (_name, url) => {
    expect(readDataUrl(url)).toBeUndefined()
  })

  test.each([
    ['no bytes', ''],
    ['a missing pad', 'aGVsbG8'],
    ['one pad of two', 'aGVsbA='],
    ['a pad too many', 'aGVsbG8=='],
    ['three pads', 'A==='],
    ['pads alone', '===='],
    ['a pad in the middle', 'aGV=sbG8'],
    ['two texts in one', 'AA==AA=='],
    ['a blank', 'aGVs bG8='],
    ['a line break', 'aGVs\nbG8='],
    ['a line break where a pad would be', 'aGVsbG8\n'],
    ['a percent escape', 'aGVsbG8%3D'],
    ['a character that is none of base64', 'aGVs!G8='],
    ['a letter whose low byte is one of base64', 'AAA\u0141'],
    ['the url-safe minus', 'ab-_'],
    ['the url-safe underscore', 'abc_'],
  ])('base64 with %s', (_name, base64) => {
    expect(readDataUrl(`data:image/png;base64,${base64}`)).toBeUndefined()
  })

  test('exactly what is not of the base64 alphabet in groups of four', () => {
    const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
    const unit = fc.constantFrom(...'ABYZabyz0189+/==-_ \n\u00e9\u0141')
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 12 }), (text) => {
        expect(readDataUrl(`data:image/png;base64,${text}`) !== undefined).toBe(strict.test(text))
      }),
      { numRuns: 5000 },
    )
  })
})
