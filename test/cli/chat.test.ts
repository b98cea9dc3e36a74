import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectNames } from '../client/asking.ts'
import { newestUpstreamBody, newestUpstreamRequest } from '../gateway/upstream-requests.ts'
import { type CliOptions, type CliResult, runCli, startCli, temporaryFolder } from '../support/cli-process.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { images } from '../wire/small-images.ts'

const folder = temporaryFolder()
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ simulator: { tokensPerSecond: 200 } })
  writeFileSync(join(folder.path, 'dot.png'), images.png.bytes)
  writeFileSync(join(folder.path, 'notes.txt'), 'No image.')
})
afterAll(async () => {
  await gateway.stop()
  folder.remove()
})

function chat(args: readonly string[], { environment = {}, ...options }: CliOptions = {}): Promise<CliResult> {
  const own = { GATEWAY_URL: gateway.url, API_AI_TOKEN: gateway.key, ...environment }
  return runCli(['chat', ...args], { folder: folder.path, environment: own, ...options })
}

describe.each(dialectNames)('chat --dialect %s', (dialect) => {
  test('gives a pipe the answer and nothing else; speed and usage are on stderr', async () => {
    const { code, stdout, stderr } = await chat(['--dialect', dialect, '--prompt', '[[think so]] [[words 20]]'])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${Array.from({ length: 20 }, (_, n) => `w${n + 1}`).join(' ')}\n`,
    })
    expect(stderr).toMatch(
      /^\[gemma4: \d+ prompt.* \+ \d+ answer.* tokens, \d\.\d\d s to the first, \d+\.\d tokens\/s\]\n$/,
    )
  })

  test('tells all of an answer as JSON', async () => {
    const args = ['--dialect', dialect, '--thinking', 'on', '--system', 'Be brief.', '--image', 'dot.png', '--json']
    const { code, stdout, stderr } = await chat([...args, '--prompt', '[[think so]] [[words 20]]'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      dialect,
      model: 'gemma4',
      thinking: 'so',
      text: expect.stringMatching(/^w1 .* w20$/),
      finish: 'stop',
      usage: { prompt_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      tokens_per_second: expect.any(Number),
    })
    expect(JSON.stringify(newestUpstreamBody(gateway))).toContain('Be brief.')
  })

  test('says in a sentence what is wrong, with the exit code 1', async () => {
    const { code, stdout, stderr } = await chat(['--dialect', dialect, '--prompt', 'Hi', '--key', 'wrong'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^The server refuses \(40[13]\): The key .*\n$/)
  })
})

test('the prompt comes from stdin where it is not a flag', async () => {
  const { code, stdout } = await chat([], { stdin: 'First line.\nSecond line.\n' })
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('First line.\nSecond line."') })
})

test('what comes through a pipe follows the prompt after a blank line', async () => {
  const both = await chat(['--prompt', 'Explain this:'], { stdin: 'One.\nTwo.\n' })
  expect(both).toMatchObject({ code: 0, stdout: expect.stringContaining('Explain this:\n\nOne.\nTwo."') })
  for (const stdin of ['', ' \n']) {
    await chat(['--prompt', 'Hello there'], { stdin })
    expect(newestUpstreamBody(gateway)).toMatchObject({ messages: [{ role: 'user', content: 'Hello there' }] })
  }
})

test('a pipe that stays open and says nothing is not waited for', async () => {
  expect(await chat(['--prompt', '[[say Hi]]'], { stdin: null })).toMatchObject({ code: 0, stdout: 'Hi\n' })
})

test('for Google the key is taken from GOOGLE_API_KEY', async () => {
  const environment = { GATEWAY_URL: '', API_AI_TOKEN: '', GOOGLE_API_KEY: gateway.key }
  const args = ['--dialect', 'gemini', '--base-url', gateway.url, '--prompt', '[[say Hello]]']
  expect(await chat(args, { environment })).toMatchObject({ code: 0, stdout: 'Hello\n' })
})

test('an answer that fails in the middle ends its line, then says why, with the exit code 1', async () => {
  const { code, stdout, stderr } = await chat(['--prompt', '[[fault cut 4]] Tell me more.'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^Simul.*\n$/) })
  expect(stderr).toMatch(/^The server failed: .*\n$/)
})

test('an answer that is cut at its longest says so', async () => {
  const { code, stdout, stderr } = await chat(['--prompt', '[[words 50]]', '--max-tokens', '3'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'w1 w2 w3\n' })
  expect(stderr).toContain('cut off at its longest')
})

test('a reader that has enough frees the model, and is no error', async () => {
  const { child, exited } = startCli(['chat', '--prompt', '[[words 5000]]'], {
    environment: { GATEWAY_URL: gateway.url, API_AI_TOKEN: gateway.key },
  })
  child.stdout?.once('data', () => child.stdout?.destroy())
  expect(await exited).toBe(0)
  await expect.poll(() => newestUpstreamRequest(gateway)?.closedBy).toBe('client')
})

describe('chat refuses', () => {
  test.each([
    ['an empty prompt', ['--prompt', ' '], 1, 'The prompt is empty.'],
    ['a file that is not there', ['--prompt', 'Hi', '--image', 'none.png'], 1, 'There is no file none.png.'],
    ['a file that is no image', ['--prompt', 'Hi', '--image', 'notes.txt'], 1, 'is not a PNG, JPEG, GIF or WebP'],
    ['an address that is none', ['--prompt', 'Hi', '--base-url', 'gateway'], 1, '--base-url: wanted an address'],
    [
      'to choose among the models of a vendor',
      ['--prompt', 'Hi', '--base-url', 'https://api.openai.com'],
      1,
      '--model',
    ],
    ['an unknown dialect', ['--dialect', 'latin'], 2, 'openai, anthropic, gemini, responses'],
    ['a switch that is neither on nor off', ['--thinking', 'maybe'], 2, 'wanted on or off'],
    ['a bound that is no number', ['--max-tokens', '0'], 2, 'wanted a whole number'],
  ])('%s', async (_, args, code, words) => {
    expect(await chat(args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) })
  })
})
