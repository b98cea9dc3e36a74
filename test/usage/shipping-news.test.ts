import { expect, test } from 'vitest'
import { createShippingNews } from '../../src/usage/shipping-news.ts'

function rig() {
  const told: string[] = []
  const note = (fields: object, message: string) => {
    told.push(`${Object.values(fields).join()} ${message}`)
  }
  return { news: createShippingNews({ info: note, warn: note, error: note }), told }
}

test('a database that is away for two reasons in turns is told of once for each, until it takes entries again', () => {
  const { news, told } = rig()
  const fails = (failure: string) => news.hear({ type: 'rests', number: 0, failure })
  for (let turn = 0; turn < 6; turn++) fails(turn % 2 === 0 ? 'ECONNRESET' : 'PROTOCOL_CONNECTION_LOST')
  expect([news.isBehind, told.length]).toEqual([true, 2])
  news.hear({ type: 'shipped', sequence: 1 })
  expect([news.isBehind, told.length]).toEqual([false, 3])
  fails('ECONNRESET')
  expect(told.map((line) => line.split(' ')[0])).toEqual(['ECONNRESET', 'PROTOCOL_CONNECTION_LOST', '', 'ECONNRESET'])
})

test('a database that refuses a right is told of with what to do, and no other is', () => {
  for (const failure of ['ER_TABLEACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_ERROR', 'ECONNREFUSED']) {
    const { news, told } = rig()
    news.hear({ type: 'rests', number: 0, failure })
    expect(told).toEqual([expect.stringContaining(`${failure} the database takes no entries`)])
    expect(told[0]?.endsWith('; its user lacks a right, which `vllm-gateway doctor` names')).toBe(
      failure.includes('TABLE'),
    )
  }
})

test('what is said of the spool says nothing of the database', () => {
  const { news, told } = rig()
  news.hear({ type: 'rests', number: 0, failure: 'ECONNRESET' })
  news.hear({ type: 'wal-is-long' })
  news.hear({ type: 'wal-began-anew' })
  expect([news.isBehind, told.length]).toEqual([true, 1])
})

test('a thread that ends again and again is told of once, until it ships', () => {
  const { news, told } = rig()
  for (let turn = 0; turn < 5; turn++) news.crashed()
  expect([news.isBehind, told.length]).toEqual([true, 1])
  news.hear({ type: 'rests', number: 0, failure: undefined })
  expect([news.isBehind, told.length]).toEqual([false, 2])
})
