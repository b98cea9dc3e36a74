import { expect, test } from 'vitest'
import { prettyLine } from '../../src/log/pretty-line.ts'

function pretty(line: object): string {
  return prettyLine(`${JSON.stringify(line)}\n`)
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

test('what a terminal would take for an order is shown instead, and a stack keeps its lines', () => {
  const key = 'a\u001b]0;b\u0007\u009b2J\r\n03:04:05 info'
  const line = { level: 50, time: new Date(0).toISOString(), msg: 'request', key, cause: 'x\n    at y' }
  expect(pretty(line)).toMatch(/ request key=a\\x1b\]0;b\\x07\\x9b2J\\x0d\\x0a03:04:05 info cause=x\n {4}at y\n$/)
})

test('a level without a word is told by its number', () => {
  expect(pretty({ level: 35, time: new Date(0).toISOString(), msg: 'odd' })).toMatch(/ 35 {4}odd\n$/)
})
