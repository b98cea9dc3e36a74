import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import type { Message, MessageCreateParamsNonStreaming, MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages'
import type { TestGateway } from '../support/test-gateway.ts'

/** A service that Anthropic's names mean, with deadlines that tests can wait for. */
export const anthropicService = `services: [{ name: gemma4, upstreams: ['$VLLM'], aliases: [claude-*, claude-local], timeouts: { firstEvent: 300ms, idle: 300ms, total: 900ms } }]`

/** Anthropic's SDK, which does not ask again after a failure. */
export function anthropicClient({ url, key }: TestGateway, options: ClientOptions = {}): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, ...options })
}

export function asks(
  content: MessageParam['content'],
  rest: Partial<MessageCreateParamsNonStreaming> = {},
): MessageCreateParamsNonStreaming {
  return { model: 'claude-sonnet-5-5', max_tokens: 1000, messages: [{ role: 'user', content }], ...rest }
}

export const weather: Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
}

/** A message without what is another in every answer. */
export function saidBy({ content, stop_reason, stop_sequence, usage }: Message) {
  const told = content.map((block) => {
    if (block.type === 'thinking') return { ...block, signature: '' }
    return block.type === 'tool_use' ? { ...block, id: '' } : block
  })
  return { told, stop_reason, stop_sequence, usage }
}

export function textOf({ content }: Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}
