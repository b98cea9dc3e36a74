import { GatewayError } from './gateway-error.ts'

const breaksTemplate = 'it would change how the prompt or the answer is built'
const engineInternal = 'it reaches into the engine'
const unsafe = 'it can stop the engine for everybody'
const costly = 'it costs more than a shared card can give'

/** What a dialect has in the place of refused fields, as its callers spell it. */
export interface OwnFields {
  /** Refused in other dialects, but not in this one. */
  readonly known?: readonly string[]
  /** What says which form the answer has. */
  readonly format?: string
  /** What says which functions may be called. */
  readonly tools?: string
}

/** The reason, or what stands for it. */
type Refusal = string | { readonly instead: 'format' | 'tools' }

const otherFormat = { instead: 'format' } as const
const otherTools = { instead: 'tools' } as const

/**
 * Fields of vLLM and of other gateways that are refused by name, whatever the dialect: vLLM either ignores them
 * silently, or dies, leaks or runs away. Everything else that is unknown is dropped.
 */
const refusals: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
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
  ]),
  ...because('few models take it, and the others fail', ['thinking_token_budget']),
  ...because(costly, [
    'logit_bias',
    'prompt_logprobs',
    'prompt_embeds',
    'use_beam_search',
    'best_of',
    'length_penalty',
    'early_stopping',
  ]),
  ...because(otherFormat, ['structured_outputs']),
  ...because(otherTools, ['functions', 'function_call']),
])

/** Families of fields, to which every version of vLLM adds. */
const families: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['guided', otherFormat],
  ['return', breaksTemplate],
])

function refusalOf(field: string): Refusal | undefined {
  const familyLength = field.indexOf('_')
  const family = familyLength === -1 ? undefined : families.get(field.slice(0, familyLength))
  return refusals.get(field) ?? (family !== undefined && /^\w{1,50}$/.test(field) ? family : undefined)
}

function because(refusal: Refusal, fields: readonly string[]): [string, Refusal][] {
  return fields.map((field) => [field, refusal])
}

/** Throws `unsupported-field` for the first refused field of a body. A field that is null asks for nothing. */
export function refuseFields(body: object, own: OwnFields = {}): void {
  for (const field of Object.keys(body)) {
    const refusal = refusalOf(field)
    if (refusal === undefined || own.known?.includes(field) || Reflect.get(body, field) === null) continue
    throw new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reasonOf(refusal, own)}.`, {
      field,
    })
  }
}

function reasonOf(refusal: Refusal, own: OwnFields): string {
  if (typeof refusal === 'string') return refusal
  const instead = own[refusal.instead]
  return instead === undefined ? 'there is nothing like it' : `use ${instead} instead`
}
