import { describe, expect, test } from 'vitest'
import { readImageHeader } from '../../src/wire/image-header.ts'
import { images } from './small-images.ts'

describe.each(Object.entries(images))('%s', (_name, { bytes, header, sizeEndsAt }) => {
  test('is known by its first bytes, with its size', () => {
    expect(readImageHeader(bytes)).toEqual(header)
  })

  test('is unknown wherever it is cut before the end of its size', () => {
    for (let length = 0; length < sizeEndsAt; length++) {
      expect(readImageHeader(bytes.subarray(0, length)), `${length} bytes`).toBeUndefined()
    }
    expect(readImageHeader(bytes.subarray(0, sizeEndsAt))).toEqual(header)
  })
})

test.each([
  ['JPEG 2000', '0000000c6a5020200d0a870a'],
  ['EPS', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n').toString('hex')],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').toString('hex')],
  ['BMP', `424d46000000000000003600000028000000${'02000000'.repeat(10)}`],
  ['TIFF', `49492a0008000000${'00'.repeat(40)}`],
  ['AVIF', `0000001c6674797061766966${'00'.repeat(40)}`],
  [
    'a RIFF that is a sound',
    Buffer.from('RIFF\x24\x00\x00\x00WAVEfmt \x10'.padEnd(44, '\x00'), 'latin1').toString('hex'),
  ],
  [
    'a WebP of an unknown kind',
    Buffer.from('RIFF\x24\x00\x00\x00WEBPVP9 '.padEnd(44, '\x00'), 'latin1').toString('hex'),
  ],
  ['a PNG whose first chunk is not its header', `89504e470d0a1a0a0000000d49444154${'00'.repeat(20)}`],
  ['nothing but the start of a JPEG', 'ffd8ffffffffffffffffffffffffffffff'],
])('knows nothing of %s', (_name, hex) => {
  expect(readImageHeader(Buffer.from(hex, 'hex'))).toBeUndefined()
})

test('does not take a size of nothing for a size', () => {
  const png = Buffer.from(images.png.bytes)
  png.writeUInt32BE(0, 16)
  expect(readImageHeader(png)).toBeUndefined()
})

test('reads a JPEG whose segments lie about their length without going back or beyond', () => {
  const lying = Buffer.concat([Buffer.from('ffd8ffe0ffff', 'hex'), Buffer.alloc(100, 0xff)])
  expect(readImageHeader(lying)).toBeUndefined()
  const empty = Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.from('ffe00000'.repeat(1000), 'hex')])
  expect(readImageHeader(empty)).toBeUndefined()
})
