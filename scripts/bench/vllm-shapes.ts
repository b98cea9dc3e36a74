/** What vLLM answers, in its shape, made once: the upstream must not be what is measured. */

const named = { created: 1_759_900_000, model: 'gemma-4-e2b' }

/** Chunks with text in one streamed reply: about two hundred words, so that a chunk's price is not a request's. */
export const textChunks = 256

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
  usage: { ...usageOf(16), prompt_tokens_details: null },
  prompt_logprobs: null,
  prompt_token_ids: null,
  kv_transfer_params: null,
})

export const modelList = JSON.stringify({
  object: 'list',
  data: [{ id: named.model, object: 'model', created: named.created, owned_by: 'vllm', max_model_len: 8192 }],
})

export const tokenCount = JSON.stringify({ count: 21, max_model_len: 8192, tokens: [2, 105], token_strs: null })

/** A streamed reply in frames; with running counts where the request asked vLLM for them. */
export interface StreamShape {
  readonly opening: Buffer
  readonly text: readonly Buffer[]
  readonly ending: readonly Buffer[]
}

export function streamShape(withUsage: boolean): StreamShape {
  const chunk = (delta: object, finish: string | null, tokens: number) =>
    frame({ choices: [choice(delta, finish)], ...(withUsage ? { usage: usageOf(tokens) } : undefined) })
  const last = withUsage ? [frame({ choices: [], usage: usageOf(textChunks) })] : []
  return {
    opening: chunk({ role: 'assistant', content: '' }, null, 0),
    text: Array.from({ length: textChunks }, (_, index) => chunk({ content: ` word${index}` }, null, index + 1)),
    ending: [chunk({ content: '' }, 'stop', textChunks), ...last, Buffer.from('data: [DONE]\n\n')],
  }
}

function usageOf(tokens: number): object {
  return { prompt_tokens: 21, total_tokens: 21 + tokens, completion_tokens: tokens }
}

function choice(delta: object, finish: string | null): object {
  return { index: 0, delta, logprobs: null, finish_reason: finish, token_ids: null }
}

function frame(fields: object): Buffer {
  const chunk = { id: 'chatcmpl-8f0f', object: 'chat.completion.chunk', ...named, ...fields }
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
}

/** How an answer is streamed, which a request says where every gateway lets it pass. */
export interface Streaming {
  /** Between two chunks; 0 is as fast as the upstream can. */
  readonly paceMs: number
  /** Chunks with text. */
  readonly chunks: number
}

export function prompt(paceMs: number): string {
  return `What is the capital of France? ${writeStreaming({ paceMs, chunks: textChunks })}`
}

/** What the clients ask. */
export function askFor(stream: boolean, paceMs = 0): string {
  return JSON.stringify({
    model: named.model,
    messages: [
      { role: 'system', content: 'You answer in one sentence.' },
      { role: 'user', content: prompt(paceMs) },
    ],
    max_tokens: 512,
    temperature: 0.7,
    ...(stream ? { stream } : undefined),
  })
}

export function readStreaming(body: string): Streaming {
  const [, paceMs = 0, chunks = textChunks] = streamingWords.exec(body) ?? []
  return { paceMs: Number(paceMs), chunks: Number(chunks) }
}

/** The same request for an answer of another length. */
export function withChunks(body: string, chunks: number): string {
  return body.replace(streamingWords, writeStreaming({ ...readStreaming(body), chunks }))
}

const streamingWords = /\[pace (\d+), chunks (\d+)\]/

function writeStreaming({ paceMs, chunks }: Streaming): string {
  return `[pace ${paceMs}, chunks ${chunks}]`
}
