import { describe, expect, test } from 'vitest'
import { refuseFields } from '../../src/chat/refused-fields.ts'
import { failureNow } from './failure-of.ts'

/** What vLLM or another gateway takes and this one does not, whatever the dialect. */
const refused = [
  ...['chat_template', 'documents', 'mm_processor_kwargs', 'media_io_kwargs'],
  ...['structured_outputs', 'guided_json', 'guided_regex', 'guided_choice', 'guided_grammar', 'logits_processors'],
  ...['guided_decoding_backend', 'guided_whitespace_pattern', 'guided_structural_tag', 'guided_of_tomorrow'],
  ...['min_tokens', 'ignore_eos', 'allowed_token_ids', 'bad_words', 'logprob_token_ids', 'stop_token_ids'],
  ...['prompt_logprobs', 'prompt_embeds', 'use_beam_search', 'best_of', 'length_penalty', 'early_stopping'],
  ...['truncate_prompt_tokens', 'truncation_side', 'echo', 'add_generation_prompt', 'continue_final_message'],
  ...['add_special_tokens', 'skip_special_tokens', 'spaces_between_special_tokens', 'include_stop_str_in_output'],
  ...['return_tokens_as_token_ids', 'return_token_ids', 'return_prompt_text', 'return_prompt_token_ids'],
  ...['return_of_tomorrow', 'routed_experts_prompt_start'],
  ...['kv_transfer_params', 'ec_transfer_params', 'vllm_xargs', 'session_id', 'repetition_detection', 'watermarking'],
  ...['api_base', 'base_url', 'api_key', 'thinking_token_budget', 'logit_bias', 'functions', 'function_call'],
]

/** What SDKs send for other servers' sake: it is dropped without a word. */
const dropped = [
  ...['metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key', 'prediction', 'verbosity'],
  ...['modalities', 'audio', 'web_search_options', 'user', 'priority', 'cache_salt', 'request_id', 'max_token'],
]

describe('a body with', () => {
  test.each(refused)('%s is refused, whatever its value', (field) => {
    for (const value of [true, false, 0, '', 'secret', [], {}]) {
      const failure = failureNow(() => refuseFields({ model: 'm', [field]: value }))
      expect(failure).toMatchObject({ kind: 'unsupported-field', field })
      expect(failure.message).toMatch(new RegExp(`^\`${field}\` is not supported here: [a-z].*\\.$`))
      expect(failure.message).not.toContain('secret')
    }
  })

  test.each(refused)('%s that is null asks for nothing and is let by', (field) => {
    expect(() => refuseFields({ [field]: null })).not.toThrow()
  })

  test.each([...dropped, 'messages', 'constructor', 'toString', 'guided', 'return'])('%s is let by', (field) => {
    expect(() => refuseFields({ [field]: 'x' })).not.toThrow()
  })
})

test('a name longer than any field of vLLM is dropped, not repeated', () => {
  expect(() => refuseFields({ [`guided_${'x'.repeat(100_000)}`]: 1 })).not.toThrow()
})
