import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says } from './ask.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

async function health(path: string): Promise<unknown> {
  return (await fetch(gateway.url + path)).json()
}

test('a service whose answers all fail is degraded, until one succeeds', async () => {
  const sound = { status: 'ok', upstream: 'ready' }
  const failing = { status: 'degraded', upstream: 'failing' }
  await expect.poll(() => health('/health')).toMatchObject(sound)
  for (const _ of [1, 2, 3]) await ask(gateway, says('[[fault engine-dead]] Hi'))
  expect(await health('/health')).toMatchObject({ ...failing, services: [failing] })
  expect(await health('/gemma4/health')).toMatchObject(failing)
  await ask(gateway, says('[[say Hi]]'))
  expect(await health('/health')).toMatchObject({ ...sound, services: [sound] })
})
