import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says, tool } from './running-simulator.ts'

const badRequests: [string, object, string, string | null][] = [
  [
    'temperature above',
    { temperature: 3 },
    'temperature must be in [0, 2], got 3.0. (parameter=temperature, value=3.0)',
    'temperature',
  ],
  [
    'temperature below',
    { temperature: -0.5 },
    'temperature must be non-negative, got -0.5. (parameter=temperature, value=-0.5)',
    'temperature',
  ],
  ['top_p', { top_p: 0 }, 'top_p must be in (0, 1], got 0.0. (parameter=top_p, value=0.0)', 'top_p'],
  ['top_k', { top_k: -2 }, 'top_k must be 0 (disable), or at least 1, got -2.', null],
  ['min_p', { min_p: 2 }, 'min_p must be in [0, 1], got 2.0.', null],
  ['presence_penalty', { presence_penalty: 2.5 }, 'presence_penalty must be in [-2, 2], got 2.5.', null],
  ['repetition_penalty', { repetition_penalty: 0 }, 'repetition_penalty must be greater than zero, got 0.0.', null],
  ['n', { n: 0 }, 'n must be at least 1, got 0. (parameter=n, value=0)', 'n'],
  ['n at temperature 0', { n: 2, temperature: 0 }, 'n must be 1 when using greedy sampling, got 2.', null],
  [
    'max_tokens',
    { max_tokens: 0 },
    'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)',
    'max_tokens',
  ],
  ['an empty stop', { stop: [''] }, 'stop cannot contain an empty string.', null],
  [
    'stream_options',
    { stream_options: { include_usage: true } },
    'Stream options can only be defined when `stream=True`. (parameter=stream_options)',
    'stream_options',
  ],
  [
    'tools',
    { tools: [] },
    '`tools` must not be an empty array. Either provide at least one tool or omit the field entirely. (parameter=tools)',
    'tools',
  ],
  [
    'tool_choice',
    { tool_choice: 'auto' },
    'When using `tool_choice`, `tools` must be set. (parameter=tool_choice)',
    'tool_choice',
  ],
  [
    'top_logprobs',
    { top_logprobs: 2 },
    'when using `top_logprobs`, `logprobs` must be set to true. (parameter=top_logprobs)',
    'top_logprobs',
  ],
  [
    'response_format',
    { response_format: { type: 'json_schema' } },
    "When response_format type is 'json_schema', the 'json_schema' field must be provided. (parameter=response_format)",
    'response_format',
  ],
  [
    'cache_salt',
    { cache_salt: '' },
    "Parameter 'cache_salt' must be a non-empty string if provided. (parameter=cache_salt)",
    'cache_salt',
  ],
]

describe('a refusal in the words of vLLM itself', () => {
  test.each(badRequests)('names %s', async (_, rest, message, param) => {
    const { chat } = await runSimulator()
    const response = await chat(says('Hi', rest))
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error: { message, type: 'BadRequestError', param, code: 400 } })
  })

  test('does not know a tool that was chosen but not given', async () => {
    const { chat } = await runSimulator()
    const tool_choice = { type: 'function', function: { name: 'g' } }
    const { error } = await replied(chat(says('Hi', { tools: [tool('f')], tool_choice })))
    expect(error.message).toMatch(/^The tool specified in `tool_choice` does not match any of the specified `tools`/)
  })

  test('needs its flags for automatic tool calls', async () => {
    const { chat } = await runSimulator({ toolCallParser: false })
    const { error } = await replied(chat(says('Hi', { tools: [tool('f')] })))
    expect(error.message).toBe('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
  })

  test('allows at most as many choices as it was set up for', async () => {
    const { chat } = await runSimulator({ maxChoices: 4 })
    expect((await chat(says('Hi', { n: 4 }))).status).toBe(200)
    const { error } = await replied(chat(says('Hi', { n: 5 })))
    expect(error.message).toMatch(/^n must be at most 4, got 5\. .*VLLM_MAX_N_SEQUENCES/)
  })

  test('says which model does not exist', async () => {
    const { chat } = await runSimulator()
    const response = await chat(says('Hi', { model: 'gpt-4o' }))
    expect(response.status).toBe(404)
    const error = { message: 'The model `gpt-4o` does not exist.', type: 'NotFoundError', param: 'model', code: 404 }
    expect(await response.json()).toEqual({ error })
  })

  test('counts audio, and cannot load what is no base64', async () => {
    const { chat } = await runSimulator()
    const audio = (data: unknown) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })
    const many = await replied(chat(says([audio('AAAA'), audio('AAAA')])))
    expect(many.error.message).toBe('At most 1 audio(s) may be provided in one prompt.')
    for (const data of ['a b', '', undefined, 'https://example.com/a.wav']) {
      const { error } = await replied(chat(says([audio(data)])))
      expect(error).toMatchObject({ message: 'Failed to load audio.', type: 'UnprocessableEntityError', code: 422 })
    }
  })

  test('counts images, and would have to fetch what is no data URL', async () => {
    const { chat } = await runSimulator()
    const image = (url: string) => ({ type: 'image_url', image_url: { url } })
    const pixel = image('data:image/png;base64,iVBORw0KGgo=')
    const many = await replied(chat(says([pixel, pixel, pixel])))
    expect(many.error.message).toBe('At most 2 image(s) may be provided in one prompt.')
    const remote = await chat(says([image('https://example.com/cat.png')]))
    expect(remote.status).toBe(422)
    expect((await replied(Promise.resolve(remote))).error.type).toBe('UnprocessableEntityError')
    const file = await replied(chat(says([{ type: 'file', file: {} }])))
    expect(file.error.message).toBe('Unknown part type: file')
  })

  test('parses the arguments of calls in the history', async () => {
    const { chat } = await runSimulator()
    const tool_calls = [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"a":' } }]
    const response = await chat({ messages: [{ role: 'assistant', content: null, tool_calls }] })
    expect(response.status).toBe(400)
  })
})

describe("a refusal in pydantic's words", () => {
  test('says what is missing, and echoes everything', async () => {
    const { chat } = await runSimulator()
    const message =
      "1 validation error:\n  {'type': 'missing', 'loc': ('body', 'messages'), 'msg': 'Field required', 'input': {'user': \"it's\", 'stream': True, 'seed': None}}"
    const { error } = await replied(chat({ user: "it's", stream: true, seed: null }))
    expect(error).toEqual({ message, type: 'Bad Request', param: null, code: 400 })
  })

  test.each([
    ['temperature', 'hot', 'Input should be a valid number, unable to parse string as a number'],
    ['temperature', [], 'Input should be a valid number'],
    ['max_tokens', 1.5, 'Input should be a valid integer, got a number with a fractional part'],
    ['max_tokens', 'many', 'Input should be a valid integer, unable to parse string as an integer'],
    ['stream', 'perhaps', 'Input should be a valid boolean, unable to interpret input'],
    ['model', 7, 'Input should be a valid string'],
    ['messages', 'Hi', 'Input should be a valid list'],
    ['messages', [{ content: 'Hi' }], 'Field required'],
    ['messages', [{ role: 'robot' }], "Input should be 'system', 'developer', 'user', 'assistant', 'tool'"],
    ['stop', ['a', 'b', 'c', 'd', 'e'], 'List should have at most 4 items after validation, not 5'],
    ['response_format', { type: 'yaml' }, "Input should be 'text', 'json_object' or 'json_schema'"],
    ['reasoning_effort', 'huge', "Input should be 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or 'max'"],
    ['chat_template_kwargs', 'x', 'Input should be a valid dictionary'],
  ])('refuses a misfit of %s: %j', async (name, value, message) => {
    const { chat } = await runSimulator()
    const { error } = await replied(chat(says('Hi', { [name]: value })))
    expect(error.type).toBe('Bad Request')
    // Quotes inside a message are escaped the way Python does it.
    expect(error.message.replaceAll("\\'", "'")).toContain(message)
    expect(error.message).toContain(`'loc': ('body', '${name}'`)
  })

  test('takes numbers and flags that come as text', async () => {
    const { chat } = await runSimulator()
    const { choices } = await replied(
      chat(says('[[words 9]]', { max_tokens: '3', temperature: '0.5', stream: 'false' })),
    )
    expect(choices[0].finish_reason).toBe('length')
  })

  test('counts several errors', async () => {
    const { chat } = await runSimulator()
    const { error } = await replied(chat({ temperature: 'hot', n: 'two' }))
    expect(error.message).toMatch(/^3 validation errors:\n {2}\{/)
  })

  test('wants JSON in the body and in the content type', async () => {
    const { chat, post } = await runSimulator()
    expect((await replied(post('/v1/chat/completions', '{"messages":'))).error.message).toContain(
      "'type': 'json_invalid'",
    )
    expect((await replied(post('/v1/chat/completions', '[1]'))).error.message).toContain(
      "'type': 'model_attributes_type'",
    )
    const plain = await chat(says('Hi'), { headers: { 'content-type': 'text/plain' } })
    const message = "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed"
    expect(await plain.json()).toEqual({ error: { message, type: 'Bad Request', param: null, code: 400 } })
  })
})
