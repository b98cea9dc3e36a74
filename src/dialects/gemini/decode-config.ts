import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ChatRequest, JsonObject, ResponseFormat } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { fillMaxTokens, fillSampling } from '../sampling.ts'
import { checkReplySchema } from '../schema-rules.ts'
import type { GeminiContext } from './decode-context.ts'
import { decodeSchema } from './decode-schema.ts'
import type { WireGenerationConfig } from './wire-request.ts'

type ConfigFields = Omit<ChatRequest, 'messages' | 'tools' | 'tool_choice' | 'parallel_tool_calls'>

/** Everything that `generationConfig` says but for what only the encoder needs. */
export function decodeConfig(config: WireGenerationConfig, context: GeminiContext): ConfigFields {
  const { policy } = context
  const at = `${context.at}generationConfig`
  const wanted = { temperature: config.temperature, top_p: config.topP, top_k: config.topK }
  return {
    max_completion_tokens: fillMaxTokens(config.maxOutputTokens, policy),
    ...fillSampling(wanted, policy),
    presence_penalty: config.presencePenalty,
    frequency_penalty: config.frequencyPenalty,
    n: decodeCandidateCount(config, policy, at),
    seed: config.seed,
    stop: config.stopSequences?.length === 0 ? undefined : config.stopSequences,
    ...decodeLogprobs(config, at),
    response_format: decodeResponseFormat(config, at),
    chat_template_kwargs: { enable_thinking: wantsThinking(config) ?? policy.defaults.enable_thinking },
  }
}

/** Below this temperature vLLM always takes the likeliest token, and then refuses several choices. */
const greedyBelow = 1e-5

function decodeCandidateCount(config: WireGenerationConfig, policy: ChatPolicy, at: string): number | undefined {
  const { candidateCount: choices, temperature = policy.defaults.temperature } = config
  if (choices === undefined) return undefined
  if (choices > policy.maxChoices) {
    throw invalidField(`${at}.candidateCount`, String(choices), `at most ${policy.maxChoices}`)
  }
  if (choices > 1 && temperature < greedyBelow) {
    throw invalidField(`${at}.candidateCount`, `${choices} with temperature 0`, '1, because all would be the same')
  }
  return choices
}

function decodeLogprobs({ responseLogprobs, logprobs }: WireGenerationConfig, at: string): Partial<ChatRequest> {
  if (responseLogprobs === true) return { logprobs: true, top_logprobs: logprobs }
  if (logprobs === undefined || logprobs === 0) return {}
  throw invalidField(`${at}.logprobs`, String(logprobs), 'it only together with `responseLogprobs: true`')
}

/** Undefined where nothing is said. To ask for thoughts is to ask that there are some. */
function wantsThinking({ thinkingConfig = {} }: WireGenerationConfig): boolean | undefined {
  const { thinkingBudget: budget, thinkingLevel: level, includeThoughts } = thinkingConfig
  if (budget !== undefined) return budget !== 0
  if (level !== undefined && level !== 'THINKING_LEVEL_UNSPECIFIED') return level !== 'MINIMAL'
  return includeThoughts === true ? true : undefined
}

const schemaFields = ['responseJsonSchema', '_responseJsonSchema', 'responseSchema'] as const

function decodeResponseFormat(config: WireGenerationConfig, at: string): ResponseFormat | undefined {
  const field = schemaFields.find((name) => config[name] !== undefined)
  const schema = field === undefined ? undefined : config[field]
  const type = config.responseMimeType || (schema === undefined ? 'text/plain' : 'application/json')
  if (field === undefined || schema === undefined) {
    if (type !== 'text/x.enum') return type === 'application/json' ? { type: 'json_object' } : undefined
    throw invalidField(`${at}.responseSchema`, 'nothing', 'a schema with an `enum`, because of `responseMimeType`')
  }
  if (type === 'text/plain') {
    throw invalidField(`${at}.responseMimeType`, 'text/plain with a schema', '"application/json" or "text/x.enum"')
  }
  return schemaFormat(schema, type, `${at}.${field}`)
}

function schemaFormat(wire: JsonObject, type: 'application/json' | 'text/x.enum', field: string): ResponseFormat {
  const schema = decodeSchema(wire)
  checkReplySchema(schema, field)
  if (type === 'text/x.enum' && !Array.isArray(schema['enum'])) {
    throw invalidField(`${field}.enum`, 'nothing', 'a list of words, because of `responseMimeType`')
  }
  return { type: 'json_schema', json_schema: { name: 'response', schema, strict: true } }
}
