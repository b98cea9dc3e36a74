import type { EncodeModels } from '../dialect.ts'
import type { ModelCard } from '../model-card.ts'

const supportedGenerationMethods = ['generateContent', 'streamGenerateContent', 'countTokens'] as const

function describe({ id, contextWindow, policy: { defaults, maxTokens } }: ModelCard) {
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: id,
    description: `${id}, served by vllm-gateway`,
    ...(contextWindow === null ? {} : { inputTokenLimit: contextWindow }),
    outputTokenLimit: contextWindow === null ? maxTokens : Math.min(maxTokens, contextWindow),
    supportedGenerationMethods,
    temperature: defaults.temperature,
    topP: defaults.top_p,
    ...(defaults.top_k > 0 ? { topK: defaults.top_k } : {}),
    maxTemperature: 2,
    thinking: true,
  }
}

export const encodeModels: EncodeModels = {
  list: (cards) => JSON.stringify({ models: cards.map(describe) }),
  one: (card) => JSON.stringify(describe(card)),
}
