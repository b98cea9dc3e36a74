import type { ImageHeader } from '../../src/wire/image-header.ts'

interface SmallImage {
  readonly bytes: Buffer
  readonly header: ImageHeader
  /** How many bytes it takes to know the size. */
  readonly sizeEndsAt: number
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

/** Complete 1 × 1 images as encoders write them, and headers of other sizes built by hand. */
export const images = {
  png: {
    bytes: hex(
      '89504e470d0a1a0a 0000000d49484452 00000001 00000001 08060000001f15c489' +
        '0000000d49444154 789c63606060f80f00010401 005fe5c34b 0000000049454e44ae426082',
    ),
    header: { format: 'png', width: 1, height: 1 },
    sizeEndsAt: 24,
  },
  'png of 800 by 600': {
    bytes: hex('89504e470d0a1a0a 0000000d49484452 00000320 00000258 0802000000'),
    header: { format: 'png', width: 800, height: 600 },
    sizeEndsAt: 24,
  },
  gif: {
    bytes: hex('474946383961 0100 0100 80 00 00 000000 ffffff 2c 00000000 01000100 00 02 02 4401 00 3b'),
    header: { format: 'gif', width: 1, height: 1 },
    sizeEndsAt: 10,
  },
  'gif of 1987, 640 by 480': {
    bytes: hex('474946383761 8002 e001 80 00 00'),
    header: { format: 'gif', width: 640, height: 480 },
    sizeEndsAt: 10,
  },
  'lossy webp': {
    bytes: Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=', 'base64'),
    header: { format: 'webp', width: 1, height: 1 },
    sizeEndsAt: 30,
  },
  'lossless webp': {
    bytes: Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64'),
    header: { format: 'webp', width: 1, height: 1 },
    sizeEndsAt: 30,
  },
  'extended webp of 300 by 200': {
    bytes: hex(`52494646 16000000 57454250 56503858 0a000000 10000000 2b0100 c70000`),
    header: { format: 'webp', width: 300, height: 200 },
    sizeEndsAt: 30,
  },
  'baseline jpeg of 16 by 8 after an APP0 segment': {
    bytes: hex('ffd8 ffe0 0010 4a46494600 0101 00 0001 0001 0000 ffc0 0011 08 0008 0010 03 012200 021101 031101'),
    header: { format: 'jpeg', width: 16, height: 8 },
    sizeEndsAt: 29,
  },
  'progressive jpeg of 1024 by 768 after tables and a fill byte': {
    bytes: hex('ffd8 ffdb 0005 000102 ffc4 0004 0000 ff ffc2 0011 08 0300 0400 03 012200 021101 031101'),
    header: { format: 'jpeg', width: 1024, height: 768 },
    sizeEndsAt: 25,
  },
} as const satisfies Record<string, SmallImage>

export function dataUrl(bytes: Buffer, type = 'image/png'): string {
  return `data:${type};base64,${bytes.toString('base64')}`
}
