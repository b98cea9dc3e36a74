import type { EncodeModels } from '../dialect.ts'
import type { ModelCard } from '../model-card.ts'

/** OpenAI's list of models, with the name and the context window that Open WebUI and others read. */
export const encodeModels: EncodeModels = {
  list: (cards) => JSON.stringify({ object: 'list', data: cards.map(describe) }),
  one: (card) => JSON.stringify(describe(card)),
}

function describe({ id, name, kind, created, contextWindow }: ModelCard): object {
  return { id, object: 'model', created, owned_by: 'vllm-gateway', name, kind, max_model_len: contextWindow }
}
