import { expect, test } from 'vitest'
import { claims } from '../../../src/dialects/anthropic-messages/claims.ts'
import { encodeModels } from '../../../src/dialects/anthropic-messages/encode-models.ts'
import type { ModelCard } from '../../../src/dialects/model-card.ts'
import { policy } from '../policy.ts'

const card: ModelCard = {
  id: 'gemma4',
  name: 'gemma4',
  aliases: ['google/gemma-4', 'claude-sonnet', 'my-Anthropic-model', 'claude-*'],
  kind: 'chat',
  contextWindow: 4096,
  policy,
  created: 0,
}

test('models are listed on one page, with the names that Claude Code looks for', () => {
  const other = { ...card, id: 'qwen', name: 'qwen', aliases: [], contextWindow: null }
  const list = JSON.parse(encodeModels.list([card, other]))
  expect(list).toMatchObject({ has_more: false, first_id: 'gemma4', last_id: 'qwen' })
  expect(list.data.map(({ id }: { id: string }) => id)).toEqual([
    'gemma4',
    'claude-sonnet',
    'my-Anthropic-model',
    'qwen',
  ])
  expect(list.data[1]).toEqual({
    type: 'model',
    id: 'claude-sonnet',
    object: 'model',
    created: 0,
    owned_by: 'vllm-gateway',
    name: 'gemma4',
    kind: 'chat',
    max_model_len: 4096,
    display_name: 'claude-sonnet (gemma4)',
    created_at: '1970-01-01T00:00:00.000Z',
    max_input_tokens: 4096,
    max_tokens: 4096,
    capabilities: null,
  })
  expect(list.data[3]).toMatchObject({ display_name: 'qwen', max_input_tokens: null, max_tokens: 8192 })
})

test('a list without models is a list', () => {
  expect(JSON.parse(encodeModels.list([]))).toEqual({
    object: 'list',
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  })
})

test('one model is told as in the list', () => {
  expect(JSON.parse(encodeModels.one({ ...card, id: 'claude-3' }))).toMatchObject({ type: 'model', id: 'claude-3' })
})

test('a request is Anthropic’s where it says so, or where its key stands where only theirs does', () => {
  const claimed = (headers: Record<string, string>) => claims({ address: '/v1/models', query: {}, headers })
  expect(claimed({ 'anthropic-version': '2023-06-01' })).toBe(true)
  expect(claimed({ 'anthropic-beta': 'x' })).toBe(true)
  expect(claimed({ 'x-api-key': 'k' })).toBe(true)
  expect(claimed({ 'x-api-key': 'k', 'x-goog-api-client': 'genai-js/3' })).toBe(false)
  expect(claimed({ authorization: 'Bearer k' })).toBe(false)
})
