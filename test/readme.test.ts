import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { writeDemoSound } from '../src/cli/demo-sound.ts'
import { createLlamaSimulator } from '../src/simulator/llama/llama-simulator.ts'
import { createWhisperSimulator } from '../src/simulator/whisper/whisper-simulator.ts'
import { startTestGateway, type TestGateway } from './support/test-gateway.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', code = '']) => ({
  language,
  code,
}))
const curls = blocks
  .filter(({ language, code }) => language === 'bash' && code.startsWith('curl '))
  .map(({ code }) => code)
const scripts = blocks.filter(({ language }) => language === 'js').map(({ code }) => code)
const embedder = createLlamaSimulator()
const listener = createWhisperSimulator()
let gateway: TestGateway
/** Where the examples are run: the recording that they name is there. */
let folder: string

beforeAll(async () => {
  const [embedding, speech] = await Promise.all([embedder.listen(), listener.listen()])
  gateway = await startTestGateway({
    settings: `services:
  - { name: gemma4, upstreams: ['$VLLM'] }
  - { name: embeddinggemma, kind: embeddings, upstreams: ['${embedding.url}'] }
  - { name: whisper, kind: transcription, upstreams: ['${speech.url}'] }
`,
  })
  folder = mkdtempSync(join(tmpdir(), 'readme-'))
  renameSync(writeDemoSound(folder), join(folder, 'speech.wav'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  await gateway.stop()
  await embedder.close()
  await listener.close()
  rmSync(folder, { recursive: true })
})

async function run(command: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], GATEWAY_URL: gateway.url, API_AI_TOKEN: gateway.key }
  const { stdout } = await promisify(execFile)(command, args, { env, cwd: folder })
  return stdout
}

test('has curl examples and a JavaScript example', () => {
  expect(curls.length).toBeGreaterThanOrEqual(9)
  expect(scripts.length).toBeGreaterThanOrEqual(1)
})

test.each(curls)('this curl example works as it stands:\n%s', async (curl) => {
  const output = await run('bash', ['-c', `${curl.trimEnd()} --silent --show-error --fail-with-body`])
  if (curl.includes('"stream": true')) expect(output).toContain('data: [DONE]')
  else expect(JSON.parse(output).error ?? null).toBeNull()
})

test('its settings for Codex and Gemini CLI, which set no limit, do not cut their answers short', async () => {
  const { code = '' } = blocks.find((block) => block.language === 'yaml' && block.code.includes('gpt-*')) ?? {}
  const settings = code.replace('name: gemma4', "name: gemma4\n    upstreams: ['$VLLM']")
  const clients = await startTestGateway({ settings, simulator: { maxModelLen: 32_768 } })
  onTestFinished(() => clients.stop())
  const headers = { authorization: `Bearer ${clients.key}`, 'content-type': 'application/json' }
  const asked: readonly [string, object][] = [
    ['/v1/responses', { model: 'gpt-5', input: 'Hi' }],
    ['/v1beta/models/gemini-3.8-flash:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }],
  ]
  for (const [path, body] of asked) {
    const response = await fetch(clients.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    await response.text()
    expect([response.status, response.headers.get('x-gateway-max-tokens')]).toEqual([200, '8192'])
  }
})

test.each(scripts)('this JavaScript example works as it stands:\n%s', async (script) => {
  const output = await run(process.execPath, ['--input-type=module', '--eval', script])
  expect(output).toContain('sky blue')
})
