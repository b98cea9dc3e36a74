import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

async function run(command: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], GATEWAY_URL: gateway.url, API_AI_TOKEN: gateway.key }
  const { stdout } = await promisify(execFile)(command, args, { env, cwd: root })
  return stdout
}

test('has curl examples and a JavaScript example', () => {
  expect(curls.length).toBeGreaterThanOrEqual(4)
  expect(scripts.length).toBeGreaterThanOrEqual(1)
})

test.each(curls)('this curl example works as it stands:\n%s', async (curl) => {
  const output = await run('bash', ['-c', `${curl.trimEnd()} --silent --show-error --fail-with-body`])
  if (curl.includes('"stream": true')) expect(output).toContain('data: [DONE]')
  else expect(JSON.parse(output).error ?? null).toBeNull()
})

test.each(scripts)('this JavaScript example works as it stands:\n%s', async (script) => {
  const output = await run(process.execPath, ['--input-type=module', '--eval', script])
  expect(output).toContain('sky blue')
})
