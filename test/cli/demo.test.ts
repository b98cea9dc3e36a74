import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { type CliProcess, runCli, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

async function startDemo(): Promise<{ demo: CliProcess; curls: string[] }> {
  const demo = startCli(['demo', '--port', '0', '--simulator-port', '0'], { folder: folder.path })
  await demo.waitFor(/Ctrl-C ends all of it/)
  await demo.waitFor(/the model server is ready/)
  return { demo, curls: demo.stdout.split('\n').filter((line) => line.trim().startsWith('curl ')) }
}

async function paste(command: string, environment: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command} --silent --show-error`], { env })
  return stdout
}

test('the demo prints a key once and curl commands that work when pasted; a second start keeps the data', async () => {
  const { demo, curls } = await startDemo()
  const [, key = ''] = await demo.waitFor(/Key {7}(vgw_\S+)/)
  expect(demo.stdout).toMatch(/Base URL {2}http:\/\/127\.0\.0\.1:\d+\/v1/)
  const answers = await Promise.all(curls.map((curl) => paste(curl)))
  const [whole = '', streamed = '', short = '', embedding = '', transcription = '', ...others] = answers
  expect(others).toEqual([])
  expect(JSON.parse(whole).choices[0].message.content).toContain('imulated')
  expect(streamed).toMatch(/^data: \{"id":"chatcmpl-/)
  expect(streamed.trimEnd().endsWith('data: [DONE]')).toBe(true)
  expect(JSON.parse(short)).toMatchObject({ response: expect.stringContaining('imulated'), model: 'gemma4' })
  const { data, model } = JSON.parse(embedding)
  expect([model, data[0].embedding.length]).toEqual(['embeddinggemma', 8])
  expect(JSON.parse(transcription).text).toMatch(/Simulated transcription of 3\.0 seconds/)
  expect(await demo.end('SIGINT')).toBe(0)

  const second = await startDemo()
  expect(second.demo.stdout).not.toContain('vgw_')
  const again = await paste(second.curls[0] ?? '', { API_AI_TOKEN: key })
  expect(JSON.parse(again).choices).toHaveLength(1)
  expect(await second.demo.end('SIGINT')).toBe(0)
}, 60_000)

test.each([
  ['{ name: mine }', 3, /Hello|imulated/],
  ['{ name: mine, kind: embeddings }', 1, /"embedding":/],
  ['{ name: mine, kind: transcription }', 1, /Simulated transcription/],
])(
  'the demo keeps to the service that somebody wrote, %s, and its commands work',
  async (service, many, answered) => {
    const config = join(folder.path, 'own.yaml')
    writeFileSync(config, `host: 0.0.0.0\nunknownModel: refuse\nservices: [${service}]\n`)
    const words = ['--config', config, '--data-dir', mkdtempSync(join(folder.path, 'own-'))]
    const demo = startCli(['demo', '--port', '0', '--simulator-port', '0', ...words], { folder: folder.path })
    await demo.waitFor(/Ctrl-C ends all of it/)
    await demo.waitFor(/the model server is ready/)
    const curls = demo.stdout.split('\n').filter((line) => line.trim().startsWith('curl '))
    const answers = await Promise.all(curls.map((curl) => paste(curl)))
    expect(answers).toEqual(Array(many).fill(expect.stringMatching(answered)))
    expect(curls.join()).not.toContain('0.0.0.0')
    expect(await demo.end('SIGINT')).toBe(0)
  },
  60_000,
)

test.each([
  [['--vllm-url', 'http://127.0.0.1:1'], 1, /^The demo serves simulated models; .*npm start.* a vLLM of your own\.\n$/],
  [['--simulator-port', '65534'], 2, /found 65534, wanted a port: a whole number from 0 to 65533\./],
  [['--port', '99999'], 1, /--port: found "99999", wanted a port/],
  [['--config', 'three.yaml'], 1, /^The demo needs settings .*found 3 services in the file\. .*--config FILE.*\n$/],
])('the demo with %j is refused in words', async (flags, wanted, words) => {
  writeFileSync(join(folder.path, 'three.yaml'), 'services: [{ name: a }, { name: b }, { name: c }]\n')
  const ports = flags.includes('--simulator-port') ? [] : ['--simulator-port', '0']
  const { code, stderr } = await runCli(['demo', ...ports, ...flags], { folder: folder.path })
  expect([code, stderr]).toEqual([wanted, expect.stringMatching(words)])
  expect(stderr).not.toMatch(/\n\s+at /)
})

test('a port that is taken is explained', async () => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => {
      const address = taken.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const { code, stderr } = await runCli(['demo', '--port', '0', '--simulator-port', String(port)], {
    folder: folder.path,
  })
  taken.close()
  expect(code).toBe(1)
  expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken, which the vLLM look-alike wants.`)
  expect(stderr).toContain('choose where they begin with --simulator-port')
}, 60_000)
