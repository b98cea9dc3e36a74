import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { policy } from '../policy.ts'
import { body, decoded } from './decode.ts'

function thinks(asked: object): boolean {
  return decoded(body(asked)).chat_template_kwargs.enable_thinking
}

test('thinking is told to vLLM always, by the default of the service where nobody asks', () => {
  expect(thinks({})).toBe(false)
  const thinking = { ...policy, defaults: { ...policy.defaults, enable_thinking: true } }
  expect(decodeRequest(body(), thinking).request.chat_template_kwargs).toEqual({ enable_thinking: true })
  expect(decodeRequest(body({ enable_thinking: false }), thinking).request.chat_template_kwargs.enable_thinking).toBe(
    false,
  )
})

describe('thinking is on by', () => {
  test.each([
    { chat_template_kwargs: { enable_thinking: true } },
    { enable_thinking: true },
    { reasoning_effort: 'low' },
    { reasoning_effort: 'medium' },
    { reasoning_effort: 'high' },
    { reasoning_effort: 'xhigh' },
    { reasoning_effort: 'max' },
    { thinking: { type: 'enabled' } },
    { thinking: { type: 'adaptive' } },
  ])('%j', (asked) => {
    expect(thinks(asked)).toBe(true)
  })
})

describe('thinking is off by', () => {
  test.each([
    { chat_template_kwargs: { enable_thinking: false } },
    { enable_thinking: false },
    { reasoning_effort: 'none' },
    { reasoning_effort: 'minimal' },
    { thinking: { type: 'disabled' } },
  ])('%j', (asked) => {
    const thinking = { ...policy, defaults: { ...policy.defaults, enable_thinking: true } }
    expect(decodeRequest(body(asked), thinking).request.chat_template_kwargs.enable_thinking).toBe(false)
  })
})

describe('the more particular word wins:', () => {
  const on = { chat_template_kwargs: { enable_thinking: true } }
  test.each([
    ['the template over ours', { ...on, enable_thinking: false }, true],
    ['the template over an effort', { ...on, reasoning_effort: 'none' }, true],
    ['ours over an effort', { enable_thinking: false, reasoning_effort: 'high' }, false],
    ['an effort over an object', { reasoning_effort: 'none', thinking: { type: 'enabled' } }, false],
    ['ours where the template says nothing', { chat_template_kwargs: {}, enable_thinking: true }, true],
    ['an effort where the switches are null', { enable_thinking: null, reasoning_effort: 'low' }, true],
  ])('%s', (_name, asked, wanted) => {
    expect(thinks(asked)).toBe(wanted)
  })
})
