import { expect, test } from 'vitest'
import { isOn, isRevocation } from '../../../src/keys/adopted/decode-flag.ts'

const clearYes = [
  true,
  1,
  '1',
  'Y',
  'yes',
  'TRUE',
  't',
  'on',
  'Active',
  ' enabled ',
  '1.0',
  '1.000',
  Buffer.from([1]),
  Buffer.from('Y'),
  Buffer.from([0, 1]),
]
const clearNo = [
  false,
  null,
  undefined,
  0,
  '0',
  '',
  'N',
  'no',
  'FALSE',
  'off',
  '0.0',
  Buffer.from([0]),
  Buffer.from('n'),
  Buffer.from([]),
]
const doubtful = [
  2,
  -1,
  '2',
  'banned',
  '1.5',
  '0.1',
  '-0.0',
  'pending',
  '2026-01-01 00:00:00',
  '0000-00-00 00:00:00',
  Buffer.from([2]),
  Buffer.from([1, 0]),
  Number.NaN,
]

test('only a clear yes is on', () => {
  expect(clearYes.map(isOn)).toEqual(clearYes.map(() => true))
  expect([...clearNo, ...doubtful].map(isOn)).toEqual([...clearNo, ...doubtful].map(() => false))
})

test('only NULL and a clear no leave a key unrevoked', () => {
  expect(clearNo.map(isRevocation)).toEqual(clearNo.map(() => false))
  expect([...clearYes, ...doubtful].map(isRevocation)).toEqual([...clearYes, ...doubtful].map(() => true))
})
