import { describe, expect, test } from 'vitest'
import { noDirectives, readDirectives } from '../../src/simulator/reply/directives.ts'

describe('directives', () => {
  test('are none in plain text, also with brackets', () => {
    for (const text of ['Hello', 'a[[0]]', 'list[[1,2]]', '[[Say x]]', '[[say', '[[sayhello]', '']) {
      expect(readDirectives(text)).toEqual(noDirectives)
    }
  })

  test('say, think and words add up in their order', () => {
    const { content, reasoning } = readDirectives('x [[say a ]][[think t]] y [[words 2]][[say  b\nc]]')
    expect([content, reasoning]).toEqual(['a w1 w2 b\nc', 't'])
  })

  test('say may say nothing', () => {
    expect(readDirectives('[[say]]').content).toBe('')
  })

  test.each([
    ['[[call f]]', { name: 'f', arguments: null }],
    ['[[call get_weather {"city":"Paris"}]]', { name: 'get_weather', arguments: '{"city":"Paris"}' }],
    ['[[call f {"a":[[1,2],[3]]}]] rest', { name: 'f', arguments: '{"a":[[1,2],[3]]}' }],
    ['[[call f [[1]]]]', { name: 'f', arguments: '[[1]]' }],
    ['[[call f {"text":"]]"}]]', { name: 'f', arguments: '{"text":"]]"}' }],
    ['[[call f {"broken": ]]', { name: 'f', arguments: '{"broken":' }],
  ])('call takes a name and JSON: %s', (text, call) => {
    expect(readDirectives(text).calls).toEqual([call])
  })

  test('may be repeated and mixed', () => {
    const { calls, merge, faults } = readDirectives('[[merge]][[call a]][[call b {}]][[fault cut 3]][[fault crlf]]')
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(merge).toBe(true)
    expect(faults).toEqual([
      ['cut', 3],
      ['crlf', 0],
    ])
  })
})
