import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createPrettyStream } from '../../src/log/pretty-stream.ts'

function pretty(line: object): string {
  const out = new PassThrough()
  createPrettyStream(out).write(`${JSON.stringify(line)}\n`)
  return String(out.read())
}

test('a line has its time, its level, what is said, and its fields', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5).toISOString()
  const line = {
    level: 30,
    time,
    msg: 'request',
    status: 200,
    key: 'mine',
    upstreams: ['http://127.0.0.1'],
    none: null,
  }
  expect(pretty(line)).toBe('03:04:05 info  request status=200 key=mine upstreams=["http://127.0.0.1"] none=null\n')
})

test('a level without a word is told by its number', () => {
  expect(pretty({ level: 35, time: new Date(0).toISOString(), msg: 'odd' })).toMatch(/ 35 {4}odd\n$/)
})
