import { expect, test } from 'vitest'
import { toDatabaseError } from '../../src/database/mysql-error.ts'

const denied = (message: string) =>
  toDatabaseError(Object.assign(new Error(message), { code: 'ER_TABLEACCESS_DENIED_ERROR', errno: 1142 }))

test.each([
  ['MySQL', "INSERT command denied to user 'gateway'@'10.0.0.7' for table 'gateway_usage'"],
  ['MariaDB', "INSERT command denied to user 'gateway'@'10.0.0.7' for table `api_ai_main`.`gateway_usage`"],
])('says which right is missing on which table, in the words of %s', (_, message) => {
  const { denied: right, message: told } = denied(message)
  expect(right).toEqual({ right: 'INSERT', table: 'gateway_usage' })
  expect(told).toBe('The database refuses the user INSERT on gateway_usage (ER_TABLEACCESS_DENIED_ERROR, 1142).')
})

test.each([
  ['is closed already', { fatal: true }],
  ['MariaDB killed', { errno: 1927 }],
  ['nobody listens to any more', { code: 'EPIPE', errno: -32 }],
])('says that a connection is closed which %s', (_, fields) => {
  const { code, message } = toDatabaseError(Object.assign(new Error('words of a driver'), fields))
  expect(message).toMatch(/^The database closed the connection \(/)
  expect(code).not.toBe('UNKNOWN')
})

test.each([
  "INSERT command denied to user 'gateway'@'%' for table 'a word; and more'",
  "hidden words denied to user 'gateway'@'%' for table 'gateway_usage'",
])('tells nothing of words that it does not know: %s', (message) => {
  expect(denied(message).message).toBe(
    'The database refuses the user a right on a table (ER_TABLEACCESS_DENIED_ERROR, 1142).',
  )
})
