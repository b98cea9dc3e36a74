import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { askApi } from '../gateway/admin-rig.ts'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
const ownerKey = 'canary-of-the-administrator'
let simulator: Simulator
let cli: CliProcess
let url: string
beforeAll(async () => {
  simulator = createSimulator()
  const environment = { GATEWAY_ADMIN_KEY: ownerKey, GATEWAY_VLLM_URL: (await simulator.listen()).url }
  cli = startCli(['serve', '--port', '0', '--log-level', 'trace'], { environment, folder: folder.path })
  url = (await cli.waitFor(/"url":"(http:[^"]+)"[^\n]*the gateway listens/))[1] ?? ''
})
afterAll(async () => {
  await cli.end('SIGKILL')
  await simulator.close()
  folder.remove()
})

/** Every file below the folder, as the bytes that they are. */
function contents(): string[] {
  const entries = readdirSync(folder.path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}

test('no key is ever found in the log, nor in any file, however it is used', async () => {
  const api = (method: string, path: string, body?: unknown, key = ownerKey) =>
    askApi({ url }, [method, path], body, key)
  const made = (await api('POST', '/admin/v1/keys', { name: 'canary' })).body
  const rotated = (await api('POST', `/admin/v1/keys/${made.id}/rotate`, {})).body
  const stranger = `${made.key.slice(0, -1)}0`
  const chat = (key: string) =>
    api('POST', '/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }, key)
  await expect.poll(async () => (await chat(rotated.key)).status, { timeout: 5000 }).toBe(200)
  for (const key of [made.key, rotated.key, stranger]) {
    await chat(key)
    await api('GET', `/admin/v1/keys/${key}`)
    await api('GET', `/nowhere/${key}?key=${key}`, undefined, key)
    await api('POST', '/admin/v1/keys', { name: 'x', [key]: key })
    await api('PATCH', `/admin/v1/keys/${made.id}`, { services: [key] })
  }
  await api('DELETE', `/admin/v1/keys/${made.id}`)
  await cli.end('SIGTERM')
  const everything = [cli.stdout, cli.stderr, ...contents()]
  expect(everything.join().includes(made.id)).toBe(true)
  for (const secret of [made.key, rotated.key, stranger, ownerKey]) {
    expect(everything.filter((text) => text.includes(secret))).toEqual([])
  }
}, 30_000)
