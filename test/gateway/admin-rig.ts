import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'

export const ownerKey = 'the-administrator-of-these-tests'

const settings = `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
services:
  - { name: gemma4, upstreams: ['$VLLM'], aliases: [gpt-*] }
  - { name: qwen, upstreams: ['$VLLM'], model: gemma-4-e2b }
`

export function startAdminGateway(more = ''): Promise<TestGateway> {
  return startTestGateway({ settings: settings + more })
}

export interface ApiAnswer {
  readonly status: number
  // What is in it is what the tests look at.
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared field by field
  readonly body: any
}

/** Asks the gateway's own API, with the administrator's key unless another is given. */
export async function askApi(
  { url }: Pick<TestGateway, 'url'>,
  [method, path]: readonly [string, string],
  body?: unknown,
  key = ownerKey,
): Promise<ApiAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}
