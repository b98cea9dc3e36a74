/**
 * One answer as the servers of each dialect tell it: thinking "Só ", "é.", then the text "Olá, " and "mundo 🌍", with 12
 * prompt tokens of which 4 were cached, and 9 answer tokens of which 3 were thinking.
 */
export const transcripts = {
  openai: [
    ': keep-alive',
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning: 'Só ', reasoning_content: 'Só ' }),
    chunk({ reasoning: 'é.', reasoning_content: 'é.' }),
    chunk({ content: 'Olá, ' }),
    chunk({ content: 'mundo 🌍' }),
    data({ ...head(), choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], usage: null }),
    data({
      ...head(),
      choices: [],
      usage: {
        prompt_tokens: 12,
        completion_tokens: 9,
        total_tokens: 21,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    }),
    'data: [DONE]',
  ],
  anthropic: [
    named({ type: 'ping' }),
    named({
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        usage: { input_tokens: 8, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 1 },
      },
    }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    named({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Só ' } }),
    named({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'é.' } }),
    named({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }),
    named({ type: 'content_block_stop', index: 0 }),
    named({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }),
    named({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Olá, ' } }),
    named({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'mundo 🌍' } }),
    named({ type: 'content_block_stop', index: 1 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 9, output_tokens_details: { thinking_tokens: 3 } },
    }),
    named({ type: 'message_stop' }),
  ],
  gemini: [
    data({ usageMetadata: { promptTokenCount: 12 }, modelVersion: 'm', responseId: 'r' }),
    candidate([{ text: 'Só ', thought: true }]),
    candidate([
      { text: 'é.', thought: true },
      { text: 'Olá, ', thoughtSignature: 'c2ln' },
    ]),
    candidate([{ text: 'mundo 🌍' }]),
    data({
      candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: {
        promptTokenCount: 12,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 6,
        thoughtsTokenCount: 3,
        totalTokenCount: 21,
      },
      modelVersion: 'm',
    }),
  ],
  responses: [
    named({
      type: 'response.created',
      sequence_number: 0,
      response: { id: 'resp_1', status: 'in_progress', output: [] },
    }),
    named({ type: 'keepalive', sequence_number: 1 }),
    named({
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'rs_1', type: 'reasoning', summary: [] },
    }),
    named({ type: 'response.reasoning_text.delta', item_id: 'rs_1', output_index: 0, content_index: 0, delta: 'Só ' }),
    named({ type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 0, delta: 'Só ' }),
    named({ type: 'response.reasoning_text.delta', item_id: 'rs_1', output_index: 0, content_index: 0, delta: 'é.' }),
    named({ type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', summary_index: 0, delta: 'é.' }),
    named({ type: 'response.reasoning_text.done', item_id: 'rs_1', output_index: 0, content_index: 0, text: 'Só é.' }),
    named({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'Olá, ' }),
    named({
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      output_index: 1,
      content_index: 0,
      delta: 'mundo 🌍',
    }),
    named({
      type: 'response.output_text.done',
      item_id: 'msg_1',
      output_index: 1,
      content_index: 0,
      text: 'Olá, mundo 🌍',
    }),
    named({
      type: 'response.completed',
      response: {
        status: 'completed',
        incomplete_details: null,
        usage: {
          input_tokens: 12,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: 9,
          output_tokens_details: { reasoning_tokens: 3 },
          total_tokens: 21,
        },
      },
    }),
  ],
} satisfies Record<string, string[]>

/** An event as bytes of a stream have it. */
export function data(event: object): string {
  return `data: ${JSON.stringify(event)}`
}

/** The same, with its type as the event's name. */
export function named(event: Readonly<Record<string, unknown>>): string {
  return `event: ${event['type']}\n${data(event)}`
}

/** The frames as they are on the wire. */
export function asStream(frames: readonly string[], lineEnd = '\n'): string {
  return frames.map((frame) => `${frame}\n\n`.replaceAll('\n', lineEnd)).join('')
}

function head(): object {
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
}

function chunk(delta: object): string {
  return data({ ...head(), choices: [{ index: 0, delta, logprobs: null, finish_reason: null }] })
}

function candidate(parts: object[]): string {
  return data({ candidates: [{ content: { parts, role: 'model' }, index: 0 }], modelVersion: 'm', responseId: 'r' })
}
