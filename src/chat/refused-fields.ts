import { GatewayError } from './gateway-error.ts'

const breaksTemplate = 'it would change how the prompt or the answer is built'
const engineInternal = 'it reaches into the engine'
const unsafe = 'it can stop the engine for everybody'
const costly = 'it costs more than a shared card can give'
const otherFormat = 'use `response_format` instead'

/**
 * Fields of vLLM and of other gateways that are refused by name, whatever the dialect: vLLM either ignores them
 * silently, or dies, leaks or runs away. Everything else that is unknown is dropped.
 */
const reasons: ReadonlyMap<string, string> = new Map([
  ...because(breaksTemplate, [
    'chat_template',
    'documents',
    'truncate_prompt_tokens',
    'truncation_side',
    'echo',
    'add_generation_prompt',
    'continue_final_message',
    'add_special_tokens',
    'skip_special_tokens',
    'spaces_between_special_tokens',
    'include_stop_str_in_output',
    'routed_experts_prompt_start',
  ]),
  ...because(engineInternal, [
    'mm_processor_kwargs',
    'media_io_kwargs',
    'kv_transfer_params',
    'ec_transfer_params',
    'vllm_xargs',
    'session_id',
    'repetition_detection',
    'watermarking',
    'logits_processors',
    'api_base',
    'base_url',
    'api_key',
  ]),
  ...because(unsafe, [
    'min_tokens',
    'ignore_eos',
    'allowed_token_ids',
    'bad_words',
    'logprob_token_ids',
    'stop_token_ids',
    'thinking_token_budget',
    'logit_bias',
  ]),
  ...because(costly, [
    'prompt_logprobs',
    'prompt_embeds',
    'use_beam_search',
    'best_of',
    'length_penalty',
    'early_stopping',
  ]),
  ...because(otherFormat, ['structured_outputs']),
  ...because('use `tools` and `tool_choice` instead', ['functions', 'function_call']),
])

/** Families of fields, to which every version of vLLM adds. */
const families: ReadonlyMap<string, string> = new Map([
  ['guided', otherFormat],
  ['return', breaksTemplate],
])

function reasonAgainst(field: string): string | undefined {
  const familyLength = field.indexOf('_')
  const family = familyLength === -1 ? undefined : families.get(field.slice(0, familyLength))
  return reasons.get(field) ?? (family !== undefined && /^\w{1,50}$/.test(field) ? family : undefined)
}

function because(reason: string, fields: readonly string[]): [string, string][] {
  return fields.map((field) => [field, reason])
}

/**
 * Throws `unsupported-field` for the first refused field of a body, but for those that its dialect has itself. A field that
 * is null asks for nothing.
 */
export function refuseFields(body: object, known: readonly string[] = []): void {
  for (const field of Object.keys(body)) {
    const reason = reasonAgainst(field)
    if (reason === undefined || known.includes(field) || Reflect.get(body, field) === null) continue
    throw new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
  }
}
