import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask } from './ask.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

/** Half an emoji, as JavaScript's `slice` leaves it, and a whole one. */
const text = 'Hello \ud83d, \ud83d\ude00'
const wellFormed = 'Hello \ufffd, \ud83d\ude00'
const messages = [{ role: 'user', content: text }]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

test.each([
  ['/v1/chat/completions', { model: 'gemma4', messages }],
  ['/v1/responses', { model: 'gemma4', input: text }],
  ['/v1/messages', { model: 'gemma4', max_tokens: 9, messages }],
  ['/v1beta/models/gemma4:generateContent', { contents: [{ parts: [{ text }] }] }],
])('half a character reaches no model by %s', async (path, body) => {
  const response = await ask(gateway, body, { path, headers: { 'x-api-key': gateway.key } })
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)])
  expect(newestUpstreamBody(gateway)['messages']).toEqual([{ role: 'user', content: wellFormed }])
})
