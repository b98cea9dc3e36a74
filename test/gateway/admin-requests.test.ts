import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi, startAdminGateway } from './admin-rig.ts'
import { ask, says, streams } from './ask.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway()
})
afterAll(() => gateway.stop())

const api = (method: string, path: string) => askApi(gateway, [method, path])
const live = async () => (await api('GET', '/admin/v1/requests')).body.data

describe('requests that are being served', () => {
  test('are none when none is', async () => {
    expect(await live()).toEqual([])
  })

  test('are listed under the id of their response, and gone when they end', async () => {
    const response = await ask(gateway, streams('[[words 9]] [[fault hang-after 3]]'))
    const id = response.headers.get('x-request-id')
    await expect.poll(async () => (await live())[0]?.state).toBe('answering')
    expect(await live()).toMatchObject([
      { id, key: 'test', service: 'gemma4', dialect: 'openai-chat', age_ms: expect.any(Number) },
    ])
    await response.body?.cancel()
    await expect.poll(live).toEqual([])
  })

  test('end when they are cancelled: a stream with an error frame, a whole answer with a status', async () => {
    const stream = await ask(gateway, streams('[[words 9]] [[fault hang-after 3]]'))
    const whole = ask(gateway, says('[[fault hang]]'))
    await expect.poll(async () => (await live()).length).toBe(2)
    for (const { id } of await live()) expect((await api('DELETE', `/admin/v1/requests/${id}`)).body.id).toBe(id)
    expect(await stream.text()).toContain('An administrator ended this request.')
    expect((await whole).status).toBe(499)
    await expect.poll(live).toEqual([])
  })

  test('cannot be cancelled when they are not there', async () => {
    const { status, body } = await api('DELETE', '/admin/v1/requests/req_none')
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  })
})

test('services are told with what they are doing', async () => {
  const { body } = await api('GET', '/admin/v1/services')
  expect(body.data).toMatchObject([
    { name: 'gemma4', aliases: ['gpt-*'], model: 'gemma-4-e2b', context_window: 8192, upstream: 'ready', running: 0 },
    { name: 'qwen', waiting: 0 },
  ])
})
