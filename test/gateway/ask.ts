import type { TestGateway } from '../support/test-gateway.ts'

export interface AskOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Sends a body as JSON with the key that may use everything; text is sent as it stands. */
export function ask(
  { url, key }: Pick<TestGateway, 'url' | 'key'>,
  body: unknown,
  { path = '/v1/chat/completions', headers = {}, signal }: AskOptions = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: signal ?? null,
  })
}

/** A body with one message of the user's. */
export function says(content: unknown, rest: object = {}): object {
  return { model: 'gemma4', messages: [{ role: 'user', content }], ...rest }
}

/** The same, to be answered in a stream. */
export function streams(content: unknown, rest: object = {}): object {
  return says(content, { stream: true, ...rest })
}

export function functionTool(name: string, properties: object = { city: { type: 'string' } }) {
  return { type: 'function' as const, function: { name, parameters: { type: 'object', properties } } }
}

export interface OpenaiError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** The error of a body that holds an error and nothing else. */
export async function errorOf(response: Response): Promise<OpenaiError> {
  // What is in it is what the tests look at.
  const body = (await response.json()) as { error: OpenaiError }
  if (Object.keys(body).join() !== 'error') throw new Error(`This is not an error: ${Object.keys(body)}`)
  return body.error
}
