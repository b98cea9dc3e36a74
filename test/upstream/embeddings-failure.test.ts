import { expect, test } from 'vitest'
import { embeddingsFailure } from '../../src/upstream/embeddings-failure.ts'

function vllm(message: string, code = 400): string {
  return JSON.stringify({ error: { message, type: 'BadRequestError', param: null, code } })
}

function llama(message: string, code: number, rest: object = {}): string {
  return JSON.stringify({ error: { code, message, type: 'server_error', ...rest } })
}

test.each([
  [400, vllm("This model's maximum context length is 2048 tokens. However, you requested 9000 tokens"), 2048],
  [
    500,
    llama(
      'input (900 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
      500,
    ),
    512,
  ],
  [400, llama('input (3000 tokens) is larger than the max context size (2048 tokens). skipping', 400), 2048],
  [400, llama('request (3000 tokens) exceeds the available context size (1024 tokens), try increasing it', 400), 1024],
  [400, llama('anything', 400, { type: 'exceed_context_size_error', n_prompt_tokens: 9, n_ctx: 8 }), 8],
])('%i with its words is an input that is too long', (status, text, contextWindow) => {
  expect(embeddingsFailure(status, text)).toMatchObject({ kind: 'context-overflow', overflow: { contextWindow } })
})

test.each([
  [400, vllm('Token id 999999999 is out of vocabulary'), 'unsupported-field'],
  [500, llama('input cannot be processed', 500), 'upstream-failed'],
  [501, llama('This server does not support embeddings. Start it with `--embeddings`', 501), 'upstream-unavailable'],
  [503, llama('Loading model', 503), 'overloaded'],
  [404, vllm('The model `x` does not exist.', 404), 'upstream-unavailable'],
  [401, '{"error":"Unauthorized"}', 'upstream-unavailable'],
  [502, '<html>secret words</html>', 'upstream-failed'],
])('%i %s is %s', (status, text, kind) => {
  const failure = embeddingsFailure(status, text)
  expect(failure.kind).toBe(kind)
  expect(`${failure.message} ${failure.cause}`).not.toContain('secret')
})
