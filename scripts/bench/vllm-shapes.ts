/** What vLLM answers, in its shape, made once: the upstream must not be what is measured. */

const named = { created: 1_759_900_000, model: 'gemma-4-e2b' }
const usage = { prompt_tokens: 21, total_tokens: 52, completion_tokens: 31 }

export const wholeReply = JSON.stringify({
  id: 'chatcmpl-8f0f',
  object: 'chat.completion',
  ...named,
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Paris is the capital of France, and has been for most of its history.',
        refusal: null,
        annotations: null,
        audio: null,
        function_call: null,
        reasoning: null,
      },
      logprobs: null,
      finish_reason: 'stop',
      stop_reason: 106,
      token_ids: null,
      routed_experts: null,
    },
  ],
  service_tier: null,
  system_fingerprint: 'vllm-0.28.0-1a2b3c4d',
  usage: { ...usage, prompt_tokens_details: null },
  prompt_logprobs: null,
  prompt_token_ids: null,
  kv_transfer_params: null,
})

export const modelList = JSON.stringify({
  object: 'list',
  data: [{ id: named.model, object: 'model', created: named.created, owned_by: 'vllm', max_model_len: 8192 }],
})

export const tokenCount = JSON.stringify({ count: 21, max_model_len: 8192, tokens: [2, 105], token_strs: null })

/** Chunks with text in one streamed reply. */
export const textChunks = 31

/** Every frame of one streamed reply; with running counts where the request asked vLLM for them. */
export function streamFrames(withUsage: boolean): Buffer[] {
  const counts = withUsage ? { usage } : {}
  const text = Array.from({ length: textChunks }, (_, index) => choice({ content: ` word${index}` }, null))
  const choices = [choice({ role: 'assistant', content: '' }, null), ...text, choice({ content: '' }, 'stop')]
  const last = withUsage ? [frame({ choices: [], usage })] : []
  const chunks = choices.map((found) => frame({ choices: [found], ...counts }))
  return [...chunks, ...last, Buffer.from('data: [DONE]\n\n')]
}

function choice(delta: object, finish: string | null): object {
  return { index: 0, delta, logprobs: null, finish_reason: finish, token_ids: null }
}

function frame(fields: object): Buffer {
  const chunk = { id: 'chatcmpl-8f0f', object: 'chat.completion.chunk', ...named, ...fields }
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
}

/** Names the pace of the answer, in milliseconds between two chunks. */
export function prompt(paceMs: number): string {
  return `What is the capital of France? [pace ${paceMs}]`
}

/** What the clients ask. The pace, in milliseconds between two chunks, is written where every gateway lets it pass. */
export function askFor(stream: boolean, paceMs = 0): string {
  return JSON.stringify({
    model: named.model,
    messages: [
      { role: 'system', content: 'You answer in one sentence.' },
      { role: 'user', content: prompt(paceMs) },
    ],
    max_tokens: 64,
    temperature: 0.7,
    ...(stream ? { stream } : undefined),
  })
}

export function paceOf(body: string): number {
  return Number(/\[pace (\d+)\]/.exec(body)?.[1] ?? 0)
}
