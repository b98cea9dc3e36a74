import { describe, expect, test } from 'vitest'
import { describeCause } from '../../src/log/describe-cause.ts'
import { contextOverflow, failureOfStatus, failureOfVllmError } from '../../src/upstream/vllm-failure.ts'

const echo = "[{'type': 'missing', 'loc': ('body', 'messages'), 'input': {'secret': 'my prompt'}}]"

describe('vLLM’s status', () => {
  test.each([
    [400, 'unsupported-field', undefined],
    [422, 'unsupported-field', undefined],
    [413, 'unsupported-field', undefined],
    [401, 'upstream-unavailable', undefined],
    [403, 'upstream-unavailable', undefined],
    [404, 'upstream-unavailable', undefined],
    [429, 'overloaded', 5],
    [503, 'overloaded', 5],
    [500, 'upstream-failed', undefined],
    [502, 'upstream-failed', undefined],
    [418, 'upstream-failed', undefined],
    [302, 'upstream-failed', undefined],
  ])('%i is %s', (status, kind, retryAfterSeconds) => {
    const failure = failureOfStatus(status, echo)
    expect(failure).toMatchObject({ kind, retryAfterSeconds, field: undefined })
  })

  test('comes with a text that is told to nobody, neither to the caller nor to the log', () => {
    for (const status of [400, 401, 429, 500]) {
      const failure = failureOfStatus(status, echo, 'loc')
      expect(failure.message + describeCause(failure.cause)).not.toMatch(/secret|prompt|missing/)
      expect(describeCause(failure.cause)).toContain(`vLLM answered ${status}`)
    }
  })
})

describe('the parameter that vLLM names', () => {
  test('is told where it is the caller’s own', () => {
    const failure = failureOfStatus(400, echo, 'temperature')
    expect(failure).toMatchObject({ kind: 'unsupported-field', field: 'temperature' })
    expect(failure.message).toContain('`temperature`')
  })

  test.each(['chat_template_kwargs', 'max_completion_tokens', 'model', 'secret'])('is kept where it is %s', (param) => {
    const failure = failureOfStatus(400, echo, param)
    expect(failure.field).toBeUndefined()
    expect(failure.message).toBe('The model server refused the request.')
  })
})

describe('a prompt that is too long', () => {
  const advice = 'Please reduce the length of the input prompt or the number of requested output tokens.'
  test.each([
    [
      'too many tokens asked for',
      'max_completion_tokens=9000 cannot be greater than max_model_len=max_total_tokens=8192. Please request fewer output tokens. (parameter=max_completion_tokens, value=9000)',
    ],
    ['too many tokens asked for, in fewer words', 'max_tokens=9000 cannot be greater than max_model_len=8192.'],
    [
      'too many tokens in all',
      `This model's maximum context length is 8192 tokens. However, you requested 512 output tokens and your prompt contains at least 7681 input tokens, for a total of at least 8193 tokens. ${advice} (parameter=input_tokens, value=7681)`,
    ],
    [
      'too many characters',
      `This model's maximum context length is 8192 tokens. However, you requested 512 output tokens and your prompt contains 900000 characters (more than 245760 characters, which is the upper bound for 7680 input tokens). ${advice}`,
    ],
    ['too long with its media', "Input length (9001) exceeds model's maximum context length (8192)."],
    [
      'too long for the decoder',
      'The decoder prompt (length 9001) is longer than the maximum model length of 8192. Make sure that...',
    ],
  ])('is known by each of vLLM’s sentences: %s', (_name, text) => {
    for (const failure of [failureOfStatus(400, text), failureOfVllmError({ message: text, code: 400 })]) {
      expect(failure).toMatchObject({ kind: 'context-overflow', field: 'messages' })
      expect(failure.message).toBe(
        "This model's maximum context length is 8192 tokens. Please reduce the length of the messages.",
      )
    }
  })

  test('is told with its true length where that is known, in the words that clients look for', () => {
    expect(contextOverflow({ contextWindow: 8192, promptTokens: 9001 }).message).toBe(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
    )
    expect(contextOverflow({ contextWindow: 8192, promptTokens: 8176, promptMax: 8175 }).message).toBe(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8176 tokens, and more than 8175 leave no room for the reply. Please reduce the length of the messages.",
    )
  })
})

describe('an error inside a 200', () => {
  test.each([
    [{ code: 400, param: 'top_logprobs' }, 'unsupported-field'],
    [{ code: '429' }, 'overloaded'],
    [{ code: 500 }, 'upstream-failed'],
    [{ code: 'BadRequest' }, 'upstream-failed'],
    [{ code: null, message: null, param: null }, 'upstream-failed'],
    [{}, 'upstream-failed'],
    ['Unauthorized', 'upstream-failed'],
  ])('%j is mapped by its code', (error, kind) => {
    expect(failureOfVllmError(error).kind).toBe(kind)
  })
})
