import { expect, test } from 'vitest'
import { mayUse } from '../../src/chat/caller.ts'

const caller = { keyId: '1', keyName: 'tests', admin: false }

test('a key may use the services it names, and no others', () => {
  const named = { ...caller, services: new Set(['gemma4', 'qwen']) }
  expect(mayUse(named, 'qwen')).toBe(true)
  expect(mayUse(named, 'Qwen')).toBe(false)
  expect(mayUse({ ...caller, services: new Set<string>() }, 'qwen')).toBe(false)
})

test('a key for all services, and the key of the administrator, may use every one', () => {
  expect(mayUse({ ...caller, services: 'all' }, 'qwen')).toBe(true)
  expect(mayUse({ ...caller, services: new Set<string>(), admin: true }, 'qwen')).toBe(true)
})
