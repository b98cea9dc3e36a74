import { expect, onTestFinished, test } from 'vitest'
import { createVllmServer } from '../../src/upstream/vllm-server.ts'
import { failureOf } from '../chat/failure-of.ts'
import { runDeafServer } from './deaf-server.ts'

async function deafServer(connectMs: number) {
  const server = createVllmServer({ url: await runDeafServer(), apiKey: null, connectMs })
  onTestFinished(() => server.close())
  return server
}

test('a connection that does not come about is a failure after its limit', async () => {
  const server = await deafServer(100)
  const failure = await failureOf(() => server.ask({ method: 'GET', path: '/' }, new AbortController().signal))
  expect(failure).toMatchObject({ kind: 'upstream-unavailable', cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } })
  expect(server.outstanding).toBe(0)
})

test('nobody waits for a connection who has left', async () => {
  const server = await deafServer(10_000)
  const leaving = new AbortController()
  const asked = server.ask({ method: 'GET', path: '/' }, leaving.signal)
  expect(server.outstanding).toBe(1)
  const [reason, leftAt] = [new Error('enough'), performance.now()]
  leaving.abort(reason)
  await expect(asked).rejects.toBe(reason)
  expect(performance.now() - leftAt).toBeLessThan(250)
})
