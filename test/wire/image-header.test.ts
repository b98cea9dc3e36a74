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

const frame = (side: string) => `ffc0 0011 08 ${side} ${side} 03 012200 021101 031101`
const chunk = (type: string, content: string) =>
  `${(content.replaceAll(' ', '').length / 2).toString(16).padStart(8, '0')} ${Buffer.from(type).toString('hex')} ${content} 00000000`
const png = (...chunks: readonly string[]) => `89504e470d0a1a0a ${chunks.join('')}`
const small = chunk('IHDR', '00000001 00000001 0806000000')
const large = chunk('IHDR', '00008000 00008000 0806000000')
const scan = 'ffda 000c 03 010002110311003f00'

describe('an image that two readers could see in two sizes is none:', () => {
  test.each([
    ['a JPEG of two frames', `ffd8 ${frame('0010')} ${frame('7fff')} ${scan}`],
    ['a JPEG with a marker that some take to stand alone', `ffd8 ffd0 0004 0000 ${frame('0010')} ${scan}`],
    ['a JPEG with a marker that is reserved', `ffd8 fff0 0004 0000 ${frame('0010')} ${scan}`],
    ['a PNG of two headers', png(small, large, chunk('IDAT', ''))],
    ['a PNG whose second header comes after other chunks', png(small, chunk('tEXt', '6100'), large)],
  ])('%s', (_name, hex) => {
    expect(readImageHeader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBeUndefined()
  })
})

test('what comes after the picture has begun is not looked at', () => {
  const jpeg = Buffer.from(`ffd8 ${frame('0010')} ${scan} ${frame('7fff')}`.replaceAll(' ', ''), 'hex')
  expect(readImageHeader(jpeg)).toEqual({ format: 'jpeg', width: 16, height: 16 })
  const bytes = Buffer.from(png(small, chunk('IDAT', ''), large).replaceAll(' ', ''), 'hex')
  expect(readImageHeader(bytes)).toEqual({ format: 'png', width: 1, height: 1 })
})

test.each([
  ['a JPEG of fill bytes', Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(5000, 0xff)]), `${frame('0010')}`],
  ['a PNG of empty chunks', Buffer.from(png(small).replaceAll(' ', ''), 'hex'), chunk('tEXt', '').repeat(5000)],
])('%s is not read for long', (_name, begin, rest) => {
  expect(readImageHeader(Buffer.concat([begin, Buffer.from(rest.replaceAll(' ', ''), 'hex')]))).toBeUndefined()
})
