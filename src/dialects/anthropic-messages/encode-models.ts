import type { EncodeModels } from '../dialect.ts'
import type { ModelCard } from '../model-card.ts'

/**
 * Anthropic's list of models, all on one page. What OpenAI's has besides is there, too, and models of every kind: a key in
 * `x-api-key` is all that may tell the two apart, and clients of OpenAI's dialect send it as well.
 */
export const encodeModels: EncodeModels = {
  list(cards) {
    const data = cards.flatMap((card) => [card.id, ...namesForClaude(card)].map((id) => describe({ ...card, id })))
    return JSON.stringify({
      object: 'list',
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    })
  },
  one: (card) => JSON.stringify(describe(card)),
}

/** Claude Code offers only models with such names. A pattern is no name. */
function namesForClaude({ aliases }: ModelCard): string[] {
  return aliases.filter((alias) => /claude|anthropic/i.test(alias) && !alias.includes('*'))
}

function describe({ id, name, kind, created, contextWindow, policy }: ModelCard) {
  return {
    type: 'model',
    id,
    object: 'model',
    created,
    owned_by: 'vllm-gateway',
    name,
    kind,
    max_model_len: contextWindow,
    display_name: id === name ? id : `${id} (${name})`,
    created_at: new Date(created * 1000).toISOString(),
    max_input_tokens: contextWindow,
    max_tokens: policy === undefined ? null : Math.min(policy.maxTokens, contextWindow ?? policy.maxTokens),
    capabilities: null,
  }
}
