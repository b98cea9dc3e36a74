import type { Speaker } from './speakers/speaker.ts'

export type Failure =
  | 'no key'
  | 'a wrong key'
  | 'a key for other services'
  | 'an unknown model'
  | 'an unknown route'
  | 'another method'
  | 'a body that is too large'
  | 'a body of another type'
  | 'a body that is no JSON'
  | 'an address that is not well-formed'
  | 'a field that is wrong'
  | 'a field that is refused'
  | 'a prompt that is too long'
  | 'no place left'
  | 'no model server'
  | 'a model server that fails'
  | 'a model server that is silent'
  | 'the end of the gateway'

/** Status, and the word that clients branch on: type and code, type, or code and status. */
type Words = Readonly<Record<Speaker['family'], readonly [status: number, word: string]>>

const invalid = 'invalid_request_error'
const server = 'server_error'

/** Chat Completions and the first contract have 403 for a wrong key and 422 for a wrong field, because their owner wants it. */
export const failureWords = {
  'no key': {
    chat: [401, `${invalid} / invalid_api_key`],
    responses: [401, `${invalid} / invalid_api_key`],
    messages: [401, 'authentication_error'],
    gemini: [401, '401 UNAUTHENTICATED'],
  },
  'a wrong key': {
    chat: [403, `${invalid} / invalid_api_key`],
    responses: [401, `${invalid} / invalid_api_key`],
    messages: [401, 'authentication_error'],
    gemini: [401, '401 UNAUTHENTICATED'],
  },
  'a key for other services': {
    chat: [403, `${invalid} / permission_denied`],
    responses: [403, `${invalid} / permission_denied`],
    messages: [403, 'permission_error'],
    gemini: [403, '403 PERMISSION_DENIED'],
  },
  'an unknown model': {
    chat: [404, `${invalid} / model_not_found`],
    responses: [404, `${invalid} / model_not_found`],
    messages: [404, 'not_found_error'],
    gemini: [404, '404 NOT_FOUND'],
  },
  'an unknown route': {
    chat: [404, `${invalid} / unknown_url`],
    responses: [404, `${invalid} / unknown_url`],
    messages: [404, 'not_found_error'],
    gemini: [404, '404 NOT_FOUND'],
  },
  'another method': {
    chat: [405, `${invalid} / method_not_allowed`],
    responses: [405, `${invalid} / method_not_allowed`],
    messages: [405, invalid],
    gemini: [405, '405 UNIMPLEMENTED'],
  },
  'a body that is too large': {
    chat: [413, `${invalid} / request_too_large`],
    responses: [413, `${invalid} / request_too_large`],
    messages: [413, 'request_too_large'],
    gemini: [413, '413 INVALID_ARGUMENT'],
  },
  'a body of another type': {
    chat: [415, `${invalid} / unsupported_media_type`],
    responses: [415, `${invalid} / unsupported_media_type`],
    messages: [415, invalid],
    gemini: [415, '415 INVALID_ARGUMENT'],
  },
  'a body that is no JSON': {
    chat: [400, `${invalid} / malformed_request`],
    responses: [400, `${invalid} / malformed_request`],
    messages: [400, invalid],
    gemini: [400, '400 INVALID_ARGUMENT'],
  },
  'an address that is not well-formed': {
    chat: [400, `${invalid} / malformed_request`],
    responses: [400, `${invalid} / malformed_request`],
    messages: [400, invalid],
    gemini: [400, '400 INVALID_ARGUMENT'],
  },
  'a field that is wrong': {
    chat: [422, `${invalid} / invalid_value`],
    responses: [400, `${invalid} / invalid_value`],
    messages: [400, invalid],
    gemini: [400, '400 INVALID_ARGUMENT'],
  },
  'a field that is refused': {
    chat: [400, `${invalid} / unsupported_parameter`],
    responses: [400, `${invalid} / unsupported_parameter`],
    messages: [400, invalid],
    gemini: [400, '400 INVALID_ARGUMENT'],
  },
  'a prompt that is too long': {
    chat: [400, `${invalid} / context_length_exceeded`],
    responses: [400, `${invalid} / context_length_exceeded`],
    messages: [400, invalid],
    gemini: [400, '400 INVALID_ARGUMENT'],
  },
  'no place left': {
    chat: [503, `${server} / server_overloaded`],
    responses: [503, `${server} / server_overloaded`],
    messages: [529, 'overloaded_error'],
    gemini: [503, '503 UNAVAILABLE'],
  },
  'no model server': {
    chat: [502, `${server} / upstream_unavailable`],
    responses: [502, `${server} / upstream_unavailable`],
    messages: [502, 'api_error'],
    gemini: [503, '503 UNAVAILABLE'],
  },
  'a model server that fails': {
    chat: [502, `${server} / upstream_failed`],
    responses: [502, `${server} / upstream_failed`],
    messages: [502, 'api_error'],
    gemini: [500, '500 INTERNAL'],
  },
  'a model server that is silent': {
    chat: [504, `${server} / timeout`],
    responses: [504, `${server} / timeout`],
    messages: [504, 'timeout_error'],
    gemini: [504, '504 DEADLINE_EXCEEDED'],
  },
  'the end of the gateway': {
    chat: [503, `${server} / server_overloaded`],
    responses: [503, `${server} / server_overloaded`],
    messages: [529, 'overloaded_error'],
    gemini: [503, '503 UNAVAILABLE'],
  },
} as const satisfies Record<Failure, Words>

/** The word where it is told in a stream: there Responses has one code for all that a server can meet. */
export function wordInStream(failure: Failure, family: Speaker['family']): string {
  const [, word] = failureWords[failure][family]
  return family === 'responses' && word.startsWith(server) ? `${server} / ${server}` : word
}

const formatFields = {
  chat: 'response_format',
  responses: 'text.format',
  messages: 'output_config.format',
  gemini: 'generationConfig.responseJsonSchema',
} as const satisfies Record<Speaker['family'], string>

/** What to ask an answer's form with instead of vLLM's own fields; the first contract has nothing for it. */
export function formatAdvice({ name, family }: Pick<Speaker, 'name' | 'family'>): string {
  return name === 'legacy-chat' ? 'there is nothing like it' : `use \`${formatFields[family]}\` instead`
}

/** The words of a prompt that is too long, by which clients make theirs shorter; `promptMax` where it only leaves no room. */
export function overflowWords(
  family: Speaker['family'],
  tokens: number,
  { window, promptMax }: { readonly window: number; readonly promptMax?: number },
): string {
  switch (family) {
    case 'messages':
      return `prompt is too long: ${tokens} tokens > ${promptMax ?? window} maximum`
    case 'gemini':
      return `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${promptMax ?? window}).`
    case 'chat':
    case 'responses': {
      const room = promptMax === undefined ? '' : `, and more than ${promptMax} leave no room for the reply`
      return `This model's maximum context length is ${window} tokens. However, your messages resulted in ${tokens} tokens${room}. Please reduce the length of the messages.`
    }
    default:
      return family satisfies never
  }
}
