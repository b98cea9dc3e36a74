import { expect, test } from 'vitest'
import { droppedHeader } from '../../src/dialects/dropped-header.ts'

test('what was left out is named once, in the order in which it came', () => {
  expect(droppedHeader('tools', ['web_search', 'mcp', 'web_search'])).toEqual({
    'x-gateway-dropped-tools': 'web_search, mcp',
  })
})

test('where nothing was left out there is no header', () => {
  expect(droppedHeader('items', [])).toEqual({})
})

test.for([[''], ['a b'], ['a\r\nx-other: b'], ['ä'], ['x'.repeat(65)]])(
  '%j, which is no word, is not repeated',
  ([name = '']) => {
    expect(droppedHeader('blocks', [name])).toEqual({})
    expect(droppedHeader('blocks', [name, 'fine'])).toEqual({ 'x-gateway-dropped-blocks': 'fine' })
  },
)

test('of very many only the first are named', () => {
  const names = Array.from({ length: 100 }, (_, index) => `tool_${index}`)
  expect(droppedHeader('tools', names)['x-gateway-dropped-tools']?.split(', ')).toEqual(names.slice(0, 32))
})
