import { expect, test } from 'vitest'
import { encodeModels } from '../../../src/dialects/gemini/encode-models.ts'
import type { ModelCard } from '../../../src/dialects/model-card.ts'
import { policy } from '../policy.ts'

const card: ModelCard = {
  id: 'google/gemma-4',
  name: 'gemma4',
  aliases: ['gpt-*'],
  kind: 'chat',
  contextWindow: 4096,
  policy,
  created: 1,
}

test('a model has its limits, its defaults and what can be asked of it', () => {
  expect(JSON.parse(encodeModels.one(card))).toEqual({
    name: 'models/google/gemma-4',
    baseModelId: 'google/gemma-4',
    version: '001',
    displayName: 'google/gemma-4',
    description: expect.stringContaining('gemma'),
    inputTokenLimit: 4096,
    outputTokenLimit: 4096,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    temperature: 0.7,
    topP: 0.9,
    topK: 40,
    maxTemperature: 2,
    thinking: true,
  })
})

test('what is not known is left out, and never null', () => {
  const unbounded = { ...policy, defaults: { ...policy.defaults, top_k: -1 } }
  const model = JSON.parse(encodeModels.one({ ...card, contextWindow: null, policy: unbounded }))
  expect(model).not.toHaveProperty('inputTokenLimit')
  expect(model).not.toHaveProperty('topK')
  expect(model.outputTokenLimit).toBe(8192)
})

test('a list holds them all', () => {
  expect(JSON.parse(encodeModels.list([])).models).toEqual([])
  expect(JSON.parse(encodeModels.list([card])).models).toEqual([JSON.parse(encodeModels.one(card))])
})
