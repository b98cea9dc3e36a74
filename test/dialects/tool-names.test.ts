import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createToolNames } from '../../src/dialects/tool-names.ts'

const taken = /^[A-Za-z0-9_-]{1,64}$/

test('every name becomes one that vLLM takes, and comes back as the caller wrote it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 200 }), { maxLength: 8 }), (callers) => {
      const names = createToolNames()
      const spelt = callers.map((name) => names.toModel(name))
      for (const name of spelt) expect(name).toMatch(taken)
      expect(new Set(spelt).size).toBe(callers.length)
      expect(spelt.map((name) => names.toCaller(name))).toEqual(callers)
    }),
  )
})

test('a name that vLLM takes stays as it is', () => {
  const names = createToolNames()
  expect(names.toModel('get_weather-2')).toBe('get_weather-2')
  expect(names.toCaller('get_weather-2')).toBe('get_weather-2')
})

test('names that differ only in what vLLM does not take stay apart, and are spelt the same in every request', () => {
  const names = createToolNames()
  const [dotted, colon] = [names.toModel('mcp.read'), names.toModel('mcp:read')]
  expect(dotted).not.toBe(colon)
  expect(dotted).toMatch(/^mcp_read_[0-9a-f]{12}$/)
  expect(createToolNames().toModel('mcp.read')).toBe(dotted)
  const long = 'x'.repeat(100)
  expect(names.toModel(`${long}1`)).not.toBe(names.toModel(`${long}2`))
})

test('a name that the model made up is passed on as it is', () => {
  expect(createToolNames().toCaller('invented')).toBe('invented')
})
