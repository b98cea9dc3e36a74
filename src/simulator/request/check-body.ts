import { isJson, type Json } from './read-field.ts'
import { badRequest } from './vllm-error.ts'

/**
 * vLLM's own checks of the body as it was sent, before any field is read.
 * @throws VllmError
 */
export function checkBody(body: Json): void {
  checkStreamOptions(body)
  checkLogprobs(body)
  checkResponseFormat(body)
  checkCacheSalt(body)
  checkTools(body)
}

function checkStreamOptions(body: Json): void {
  const options = body['stream_options']
  const given = isJson(options) ? Object.keys(options).length > 0 : Boolean(options)
  if (given && !body['stream']) {
    throw badRequest('Stream options can only be defined when `stream=True`.', 'stream_options')
  }
}

function checkLogprobs(body: Json): void {
  const top = body['top_logprobs']
  if (top === undefined || top === null) return
  if (typeof top !== 'number') throw badRequest('`top_logprobs` must be an integer.', 'top_logprobs', String(top))
  if (top < 0 && top !== -1) throw badRequest('`top_logprobs` must be a positive value or -1.', 'top_logprobs', top)
  if (top !== 0 && !body['logprobs']) {
    throw badRequest('when using `top_logprobs`, `logprobs` must be set to true.', 'top_logprobs')
  }
}

function checkResponseFormat(body: Json): void {
  const format = body['response_format']
  if (!isJson(format) || format['type'] !== 'json_schema') return
  if (format['json_schema'] !== undefined && format['json_schema'] !== null) return
  const message = "When response_format type is 'json_schema', the 'json_schema' field must be provided."
  throw badRequest(message, 'response_format')
}

function checkCacheSalt(body: Json): void {
  const salt = body['cache_salt']
  if (salt === undefined || salt === null) return
  if (typeof salt !== 'string' || salt === '') {
    throw badRequest("Parameter 'cache_salt' must be a non-empty string if provided.", 'cache_salt')
  }
  if (salt.length <= 128 && !/[@/\\\0]/.test(salt)) return
  const message = "Parameter 'cache_salt' must be at most 128 characters and must not contain '@', '/', '\\\\', or NUL."
  throw badRequest(message, 'cache_salt')
}

function checkTools(body: Json): void {
  const tools = body['tools']
  if (Array.isArray(tools) && tools.length === 0) {
    const message = '`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.'
    throw badRequest(message, 'tools')
  }
  const choice = body['tool_choice']
  if (choice === undefined || choice === null || choice === 'none') return
  if (!Array.isArray(tools)) throw badRequest('When using `tool_choice`, `tools` must be set.', 'tool_choice')
  if (choice === 'auto' || choice === 'required') return
  if (isJson(choice)) {
    checkNamedChoice(choice, tools)
    return
  }
  const message = `Invalid value for \`tool_choice\`: ${String(choice)}! Only named tools, "none", "auto" or "required" are supported.`
  throw badRequest(message, 'tool_choice')
}

function checkNamedChoice(choice: Json, tools: readonly unknown[]): void {
  const usage = 'Correct usage: `{"type": "function", "function": {"name": "my_function"}}`'
  const called = choice['function']
  if (!isJson(called)) {
    throw badRequest(
      `Invalid value for \`function\`: \`${String(called)}\` in \`tool_choice\`! ${usage}`,
      'tool_choice.function',
    )
  }
  const name = called['name']
  if (name === undefined) {
    throw badRequest(
      `Expected field \`name\` in \`function\` in \`tool_choice\`! ${usage}`,
      'tool_choice.function.name',
    )
  }
  const known = tools.some((tool) => isJson(tool) && isJson(tool['function']) && tool['function']['name'] === name)
  if (!known) {
    throw badRequest('The tool specified in `tool_choice` does not match any of the specified `tools`', 'tool_choice')
  }
}
