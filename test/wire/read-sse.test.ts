import { describe, expect, test } from 'vitest'
import { createSseReader, SseEventTooLong } from '../../src/wire/read-sse.ts'
import { dataFrame, doneFrame, keepAliveComment } from '../../src/wire/write-sse.ts'

const body =
  ': hello\n\ndata: {"text":"Grüße 🚀"}\n\nevent: named\nid: 7\nretry: 10\ndata:first\ndata: second\n\n:\n\ndata: [DONE]\n\n'
const events = ['{"text":"Grüße 🚀"}', 'first\nsecond', '[DONE]']

function readPieces(pieces: readonly Uint8Array[], eventMaxLength = 1000): string[] {
  const reader = createSseReader(eventMaxLength)
  return pieces.flatMap((piece) => reader.read(piece))
}

function bytesOf(text: string): Buffer[] {
  return [...Buffer.from(text)].map((byte) => Buffer.from([byte]))
}

describe.each([
  ['LF', body],
  ['CRLF', body.replaceAll('\n', '\r\n')],
  ['CR', body.replaceAll('\n', '\r')],
  ['LF after a byte order mark', `\uFEFF${body}`],
])('a body with %s', (_name, text) => {
  test('gives the same events wherever it is cut, also inside a character', () => {
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(readPieces([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(events)
    }
  })

  test('gives the same events a byte at a time', () => {
    expect(readPieces(bytesOf(text))).toEqual(events)
  })
})

test('gives an event as soon as its last byte is there', () => {
  const reader = createSseReader(1000)
  expect(reader.read(Buffer.from('data: a\n\ndata: b\n'))).toEqual(['a'])
  expect(reader.read(Buffer.from('\n'))).toEqual(['b'])
})

test('gives nothing for an event whose end has not come', () => {
  expect(readPieces([Buffer.from('data: a\n\ndata: half')])).toEqual(['a'])
})

test('passes over comments of any length', () => {
  expect(readPieces(bytesOf(`: ${'x'.repeat(2000)}\ndata: a\n\n`), 100)).toEqual(['a'])
})

test('reads back what the writer writes, and passes over its keep-alives', () => {
  const json = JSON.stringify({ text: 'two\nlines\r\nand "quotes"' })
  expect(readPieces([Buffer.from(keepAliveComment + dataFrame(json) + doneFrame)])).toEqual([json, '[DONE]'])
})

describe('an event over the cap', () => {
  test.each([
    ['in one line', `data: ${'x'.repeat(200)}\n\n`],
    ['in many short lines', `${'data: xxxx\n'.repeat(50)}\n`],
    ['in a line without an end', 'data: '.padEnd(200, 'x')],
  ])('is refused %s', (_name, text) => {
    expect(() => readPieces(bytesOf(text), 100)).toThrow(SseEventTooLong)
  })

  test('is told from many events that are short', () => {
    const text = 'data: xxxxxxxx\n\n'.repeat(100)
    expect(readPieces(bytesOf(text), 100)).toHaveLength(100)
    expect(readPieces([Buffer.from(text)], 100)).toHaveLength(100)
  })
})
