import { describe, expect, test } from 'vitest'
import { decodeBase64Image, decodeImage } from '../../src/dialects/image-rules.ts'
import { failureNow } from '../chat/failure-of.ts'
import { dataUrl, images } from '../wire/small-images.ts'
import { policy } from './policy.ts'

const field = 'messages[0].content[1].image_url.url'

function png(width: number, height: number): string {
  const bytes = Buffer.from(images.png.bytes)
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return dataUrl(bytes)
}

test.each(Object.entries(images))('%s is sent on under the type that it is', (_name, { bytes, header }) => {
  const image = decodeImage(dataUrl(bytes, 'image/x-claimed;charset=utf-8'), field, policy)
  expect(image).toEqual({
    type: 'image_url',
    image_url: { url: `data:image/${header.format};base64,${bytes.toString('base64')}` },
  })
})

describe('an image is refused', () => {
  test.each(['http://example.org/a.png', 'HTTPS://example.org/a.png', 'https:\\\\example.org'])(
    'where it is only an address: %s',
    (url) => {
      const failure = failureNow(() => decodeImage(url, field, policy))
      expect(failure).toMatchObject({ kind: 'unsupported-field', field })
      expect(failure.message).not.toContain('example')
    },
  )

  test.each([
    ['another scheme', 'file:///etc/passwd'],
    ['base64 that is not strict', `${dataUrl(images.png.bytes).slice(0, -4)}\n   `],
    ['another format than it claims', dataUrl(Buffer.from('%!PS-Adobe-3.0 EPSF-3.0'), 'image/png')],
    ['a header that is cut', dataUrl(images.png.bytes.subarray(0, 20))],
    ['nothing', ''],
  ])('for %s', (_name, url) => {
    expect(failureNow(() => decodeImage(url, field, policy))).toMatchObject({ kind: 'invalid-request', field })
  })

  test('above 8192 pixels a side or 40 million in all, and not below', () => {
    expect(() => decodeImage(png(8192, 4882), field, policy)).not.toThrow()
    for (const [width, height] of [
      [8193, 1],
      [1, 8193],
      [8192, 4883],
    ] as const) {
      const failure = failureNow(() => decodeImage(png(width, height), field, policy))
      expect(failure).toMatchObject({ kind: 'invalid-request', field })
      expect(failure.message).toContain(`found an image of ${width} by ${height} pixels`)
    }
  })
})

test('bare base64 is the same image, and where it is none, that is said without words of data URLs', () => {
  const { bytes } = images.png
  expect(decodeBase64Image(bytes.toString('base64'), 'data')).toEqual(decodeImage(dataUrl(bytes), 'data', policy))
  for (const wrong of ['', '****', dataUrl(bytes)]) {
    expect(failureNow(() => decodeBase64Image(wrong, 'data')).message).toMatch(
      /^`data`: found .*, wanted the image in strict base64, without `data:` before it\.$/,
    )
  }
  expect(failureNow(() => decodeBase64Image('aGVsbG8gd29ybGQ=', 'data'))).toMatchObject({ field: 'data' })
})

test('an address that is refused is told how the dialect sends the bytes', () => {
  const told = (inline?: string) =>
    failureNow(() => decodeImage('https://example.org/a.png', field, policy, inline)).message
  expect(told()).toContain('send a data: URL.')
  expect(told('the bytes as a `base64` source')).toContain('send the bytes as a `base64` source.')
})

describe('where the owner allows addresses', () => {
  const open = { ...policy, remoteImages: true }

  test('one is kept for the fetching, with where it stood', () => {
    expect(decodeImage('HTTPS://Example.org/a.png?b', field, open)).toEqual({
      type: 'remote_image',
      url: 'https://example.org/a.png?b',
      field,
    })
  })

  test.each(['https:\\\\example.org', 'http://u:p@example.org/', 'http://example.org:22/', 'http:example.org'])(
    'one of another form is refused without repeating it: %s',
    (url) => {
      const failure = failureNow(() => decodeImage(url, field, open))
      expect(failure).toMatchObject({ kind: 'invalid-request', field })
      expect(failure.message).not.toContain('example')
    },
  )

  test('a data URL is held to the same rules as before', () => {
    expect(decodeImage(dataUrl(images.png.bytes), field, open).type).toBe('image_url')
    expect(failureNow(() => decodeImage('data:image/png;base64,AAAA', field, open)).field).toBe(field)
  })
})
