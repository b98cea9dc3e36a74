import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ServiceKind } from '../../chat/services.ts'
import type { EncodeModels } from '../dialect.ts'
import type { ModelCard } from '../model-card.ts'

const methods = {
  chat: ['generateContent', 'streamGenerateContent', 'countTokens'],
  embeddings: ['embedContent', 'batchEmbedContents'],
  transcription: [],
} satisfies Record<ServiceKind, string[]>

function describe({ id, kind, contextWindow, policy }: ModelCard) {
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: id,
    description: `${id}, served by vllm-gateway`,
    ...(contextWindow === null ? {} : { inputTokenLimit: contextWindow }),
    supportedGenerationMethods: methods[kind],
    ...(policy === undefined ? {} : describeGeneration(policy, contextWindow)),
  }
}

function describeGeneration({ defaults, maxTokens }: ChatPolicy, contextWindow: number | null) {
  return {
    outputTokenLimit: contextWindow === null ? maxTokens : Math.min(maxTokens, contextWindow),
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
