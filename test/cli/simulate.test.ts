import { afterAll, expect, test } from 'vitest'
import { runCli, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

test.each([
  [['--model', 'mine'], 'vLLM', '/v1/models', '"owned_by":"vllm"'],
  [['--serves', 'embeddings'], 'vLLM', '/v1/models', '"id":"embeddinggemma-300m"'],
  [['--server', 'llama.cpp', '--dimensions', '5'], 'llama.cpp', '/v1/models', '"n_embd":5'],
  [['--server', 'whisper.cpp', '--real-time-factor', '0.1'], 'whisper.cpp', '/health', '{"status":"ok"}'],
])('simulate %j runs the look-alike that is asked for', async (flags, name, path, known) => {
  const cli = startCli(['simulate', '--port', '0', ...flags], { folder: folder.path })
  const [, url] = await cli.waitFor(new RegExp(`^The ${name} look-alike listens on (http://127\\.0\\.0\\.1:\\d+)`, 'm'))
  expect(await (await fetch(`${url}${path}`)).text()).toContain(known)
  expect(await cli.end('SIGINT')).toBe(0)
})

test.each([
  [['--server', 'whisper.cpp', '--model', 'mine'], 1, '--model is not for --server whisper.cpp.'],
  [['--server', 'ollama'], 2, 'Allowed choices are vllm, llama.cpp, whisper.cpp'],
  [['--port', 'x'], 2, 'found x, wanted a whole number.'],
  [['--max-num-seqs', '0'], 2, 'found 0, wanted a whole number from 1.'],
  [['--max-model-len', '0'], 2, 'found 0, wanted a whole number from 1.'],
  [['--server', 'llama.cpp', '--slots', '0'], 2, 'found 0, wanted a whole number from 1.'],
  [['--model', ''], 2, 'found nothing, wanted a name.'],
  [['--port', '99999'], 2, 'found 99999, wanted a port: a whole number from 0 to 65535.'],
  [['--host', '192.0.2.1', '--port', '0'], 1, 'This machine has no address 192.0.2.1.'],
  [['--host', 'nosuch.invalid', '--port', '0'], 1, 'nosuch.invalid is no address, nor a name that can be looked up.'],
])('simulate %j is refused in words', async (flags, code, message) => {
  const result = await runCli(['simulate', ...flags], { folder: folder.path })
  expect(result.code).toBe(code)
  expect(result.stderr).toContain(message)
  expect(result.stderr).not.toMatch(/\n\s+at /)
})
