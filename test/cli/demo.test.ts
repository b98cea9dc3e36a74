import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

async function startDemo(): Promise<{ demo: CliProcess; curls: string[] }> {
  const demo = startCli(['demo', '--port', '0', '--simulator-port', '0'], { folder: folder.path })
  await demo.waitFor(/Ctrl-C ends both/)
  await demo.waitFor(/the model server is ready/)
  return { demo, curls: demo.stdout.split('\n').filter((line) => line.trim().startsWith('curl ')) }
}

async function paste(command: string, environment: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', ...environment }
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command} --silent --show-error`], { env })
  return stdout
}

test('the demo prints a key once and three curl commands that work when pasted; a second start keeps the data', async () => {
  const { demo, curls } = await startDemo()
  const [, key = ''] = await demo.waitFor(/Key {7}(vgw_\S+)/)
  expect(demo.stdout).toMatch(/Base URL {2}http:\/\/127\.0\.0\.1:\d+\/v1/)
  const [whole = '', streamed = '', short = '', ...others] = await Promise.all(curls.map((curl) => paste(curl)))
  expect(others).toEqual([])
  expect(JSON.parse(whole).choices[0].message.content).toContain('imulated')
  expect(streamed).toMatch(/^data: \{"id":"chatcmpl-/)
  expect(streamed.trimEnd().endsWith('data: [DONE]')).toBe(true)
  expect(JSON.parse(short)).toMatchObject({ response: expect.stringContaining('imulated'), model: 'gemma4' })
  expect(await demo.end('SIGINT')).toBe(0)

  const second = await startDemo()
  expect(second.demo.stdout).not.toContain('vgw_')
  const again = await paste(second.curls[0] ?? '', { API_AI_TOKEN: key })
  expect(JSON.parse(again).choices).toHaveLength(1)
  expect(await second.demo.end('SIGINT')).toBe(0)
}, 60_000)
