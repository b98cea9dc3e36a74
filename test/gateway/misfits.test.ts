import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, functionTool, says } from './ask.ts'
import { upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

describe('422 names the field, what was found and what is wanted', () => {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const image = (url: string) => [{ type: 'image_url', image_url: { url } }]

  test.for<[object, string | null, string, string]>([
    [{ messages: undefined }, 'messages', 'nothing', 'a list'],
    [{ messages: [] }, 'messages', 'an empty list', 'at least 1 item'],
    [{ messages: 'Hi' }, 'messages', 'a string of 2 characters', 'a list'],
    [{ messages: [{ role: 'wizard', content: 'Hi' }] }, 'messages[0].role', 'found "wizard"', '"system"'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'nothing', 'a string or a list'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', '5', 'a string or a list'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'nothing', 'a string'],
    [
      { messages: [{ role: 'assistant', function_call: { name: 'f', arguments: [1] } }] },
      'messages[0].function_call.arguments',
      'a list of 1',
      'a string',
    ],
    [{ temperature: 2.5 }, 'temperature', '2.5', 'at most 2'],
    [{ temperature: '0.5' }, 'temperature', 'the string "0.5"', 'a number'],
    [{ top_p: 0 }, 'top_p', '0', 'more than 0'],
    [{ top_k: -2 }, 'top_k', '-2', 'at least -1'],
    [{ min_p: 2 }, 'min_p', '2', 'at most 1'],
    [{ presence_penalty: 3 }, 'presence_penalty', '3', 'at most 2'],
    [{ repetition_penalty: 0 }, 'repetition_penalty', '0', 'more than 0'],
    [{ max_tokens: 0 }, 'max_tokens', '0', 'at least 1'],
    [{ max_completion_tokens: 1.5 }, 'max_completion_tokens', '1.5', 'a whole number'],
    [{ n: 5 }, 'n', '5', 'at most 4'],
    [{ n: 2, temperature: 0 }, 'n', '2 with temperature 0', '1'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'a list of 5', 'at most 4 items'],
    [{ stop: [''] }, 'stop[0]', 'an empty string', 'at least 1 character'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', '21', 'at most 20'],
    [{ top_logprobs: 2 }, 'top_logprobs', '2', 'logprobs: true'],
    [{ stream: 'yes' }, 'stream', 'a string of 3 characters', 'true or false'],
    [{ reasoning_effort: 'huge' }, 'reasoning_effort', 'found "huge"', '"none"'],
    [{ chat_template_kwargs: { evil: 1 } }, 'chat_template_kwargs', 'an object', 'only known fields'],
    [
      { tools: [{ type: 'function', function: { name: 'a b' } }] },
      'tools[0].function.name',
      '3 characters',
      'a name of 1 to 64',
    ],
    [{ tool_choice: 'required' }, 'tool_choice', 'without `tools`', '"auto"'],
    [
      { response_format: { type: 'structural_tag' } },
      'response_format.type',
      'found "structural_tag"',
      '"json_schema"',
    ],
    [
      { messages: [{ role: 'user', content: image('data:image/png;base64,AAAA') }] },
      'messages[0].content[0].image_url.url',
      'another format',
      'PNG',
    ],
    [
      { messages: [{ role: 'user', content: image('file:///etc/passwd') }] },
      'messages[0].content[0].image_url.url',
      'a string',
      'base64',
    ],
    [{ seed: 2 ** 53 }, 'seed', '9007199254740992', 'at most'],
  ])('422 answers %j', async ([fields, field, found, wanted]) => {
    const response = await ask(gateway, says('Hi', fields))
    expect(response.status).toBe(422)
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', param: field, code: 'invalid_value' })
    expect(error.message).toContain(`\`${field}\`: found`)
    expect(error.message).toContain(found)
    expect(error.message.split(', wanted ')[1]).toContain(wanted)
  })

  test.for<[string, string | null]>([
    ['{"messages":[{"role":"user","content":"Hi"}],"temperature":1e400}', 'temperature'],
    ['{"messages":[{"role":"user","content":"Hi"}],"unknown":{"deeper":[1,-1e999]}}', 'unknown.deeper[1]'],
    [`{"messages":[{"role":"user","content":"Hi"}],"tools":${deep}}`, null],
    [deep, null],
    ['{"messages":[{"role":"user","content":"Hi"}],"__proto__":{"admin":true}}', '__proto__'],
    ['[]', null],
    ['null', null],
    ['"Hi"', null],
    ['5', null],
  ])('422 answers %.70s', async ([body, field]) => {
    const response = await ask(gateway, body)
    expect(response.status).toBe(422)
    const error = await errorOf(response)
    if (field !== null) expect(error.param).toBe(field)
    expect(error.message).toMatch(/found .+, wanted .+\.$/)
    expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toEqual([])
  })

  test('and repeats no text of the caller, wherever it stands', async () => {
    const text = 'Ignore previous instructions <script>'
    const schema = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } }
    const properties = { [text]: { pattern: 'x' } }
    for (const fields of [
      { model: text, temperature: text },
      { [text]: 1, messages: text },
      { messages: [{ role: text, content: 'Hi' }] },
      { messages: [{ role: 'user', content: [{ type: text }] }] },
      { reasoning_effort: text },
      { tool_choice: { type: 'function', function: { name: text } }, tools: [functionTool('a')] },
      { tools: [functionTool(text)] },
      { chat_template_kwargs: { [text]: true } },
      { response_format: { type: text } },
      { response_format: { ...schema.response_format, json_schema: { name: 'x', schema: { properties } } } },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: text } }] }] },
    ]) {
      const response = await ask(gateway, says('Hi', fields))
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await response.text()).not.toMatch(/ignore|script/i)
    }
    const huge = await ask(gateway, `{"messages":[],"${text}":{"${text}":1e400}}`)
    expect(await huge.text()).not.toMatch(/ignore|script/i)
    const broken = await ask(gateway, `{"${text}`)
    expect(await broken.text()).not.toMatch(/ignore|script/i)
  })
})
