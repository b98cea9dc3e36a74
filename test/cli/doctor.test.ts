import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { examineFfmpeg } from '../../src/cli/doctor/examine-ffmpeg.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import { createLlamaSimulator } from '../../src/simulator/llama/llama-simulator.ts'
import type { LookAlike } from '../../src/simulator/look-alike.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { createWhisperSimulator } from '../../src/simulator/whisper/whisper-simulator.ts'
import { runCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { freshDatabase } from '../support/mysql-url.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
let simulator: Simulator
let vllmUrl: string
beforeAll(async () => {
  simulator = createSimulator()
  vllmUrl = (await simulator.listen()).url
})
afterAll(async () => {
  await kept.stop()
  await simulator.close()
  folder.remove()
})

async function findings(environment: Record<string, string>, run = kept.run) {
  const { code, stdout, stderr } = await run(['doctor', '--json'], { folder: folder.path, environment })
  expect(stderr).toBe('')
  return { code, ...JSON.parse(stdout) }
}

test('finds nothing wrong where nothing is, with MySQL too', async () => {
  const { url, drop } = await freshDatabase(inject('mysqlUrl'))
  const { code, ok, findings: all } = await findings({ GATEWAY_VLLM_URL: vllmUrl, GATEWAY_DATABASE_URL: url }, runCli)
  expect([code, ok]).toEqual([0, true])
  expect(all.map(({ about, state }: { about: string; state: string }) => [about, state])).toEqual([
    ['settings', 'good'],
    ['data folder', 'good'],
    ['database', 'good'],
    ['tables', 'good'],
    ['connection to the database', 'good'],
    ['clock of the database', 'good'],
    ['model server of gemma4', 'good'],
    ...(all.length > 7 ? [['clock of the model server of gemma4', 'good']] : []),
  ])
  await drop()
})

test('says of each thing that is wrong what to do, and ends with 1', async () => {
  mkdirSync(join(folder.path, 'taken'))
  writeFileSync(join(folder.path, 'taken', 'file'), '')
  const environment = {
    GATEWAY_VLLM_URL: 'http://127.0.0.1:9',
    GATEWAY_DATABASE_URL: 'mysql://user:hidden-word@127.0.0.1:1/none',
    GATEWAY_DATA_DIR: join(folder.path, 'taken', 'file'),
  }
  const { code, stdout } = await runCli(['doctor'], { folder: folder.path, environment })
  expect(code).toBe(1)
  expect(stdout).toMatch(/FAIL {2}data folder: .*EEXIST.*\n +→ .*GATEWAY_DATA_DIR/)
  expect(stdout).toMatch(/FAIL {2}database: .*cannot be reached.*\n +→ .*GATEWAY_DATABASE_URL/)
  expect(stdout).toMatch(/FAIL {2}model server of gemma4: .*\n +→ .*GATEWAY_VLLM_URL/)
  expect(stdout).not.toContain('hidden-word')
})

test('says of a database file that is none what the commands say too', async () => {
  const path = join(folder.path, 'notes.db')
  writeFileSync(path, 'no database at all, '.repeat(100))
  const { code, findings: all } = await findings({ GATEWAY_VLLM_URL: vllmUrl, GATEWAY_DATABASE_URL: `sqlite:${path}` })
  expect(code).toBe(1)
  const found = all.find(({ about }: { about: string }) => about === 'database')
  expect(found).toMatchObject({ state: 'bad', fix: expect.stringContaining('put a backup in its place') })
})

test('says that the settings are wrong before all else', async () => {
  const { code, ok, findings: all } = await findings({ GATEWAY_PORT: 'many' })
  expect([code, ok]).toEqual([1, false])
  expect(all).toMatchObject([{ about: 'settings', state: 'bad', found: expect.stringContaining('GATEWAY_PORT') }])
})

test('notices a model that the server does not have', async () => {
  writeFileSync(join(folder.path, 'wrong-model.yaml'), `services: [{ upstreams: ['${vllmUrl}'], model: gemma-5 }]\n`)
  const { findings: all } = await findings({ GATEWAY_CONFIG: join(folder.path, 'wrong-model.yaml') })
  expect(all).toContainEqual({
    about: 'model server of gemma4',
    state: 'bad',
    found: `${vllmUrl} has gemma-4-e2b, and not gemma-5`,
    fix: expect.stringContaining('gemma-4-e2b'),
  })
})

test('looks for ffmpeg where a service converts with it, and says what is missing without it', async () => {
  const servicesOf = (convert: string) => {
    const services = `services: [{ name: gemma4 }, { name: whisper, kind: transcription, convert: ${convert} }]\n`
    writeFileSync(join(folder.path, 'convert.yaml'), services)
    const request = { environment: {}, flags: { config: 'convert.yaml' }, workingDirectory: folder.path }
    return loadSettings(request).settings.services
  }
  expect(await examineFfmpeg(servicesOf('never'), 'no-such-program')).toEqual([])
  expect(await examineFfmpeg(servicesOf('auto'))).toMatchObject([{ about: 'ffmpeg', state: 'good' }])
  expect(await examineFfmpeg(servicesOf('always'), 'no-such-program')).toMatchObject([
    {
      about: 'ffmpeg',
      state: 'unsure',
      found: expect.stringMatching(/whisper.*M4A/),
      fix: expect.stringContaining('Install'),
    },
  ])
})

async function listening(lookAlike: LookAlike<string>): Promise<string> {
  onTestFinished(() => lookAlike.close())
  return (await lookAlike.listen()).url
}

test('knows the servers of every kind of service, and says where one is another', async () => {
  const llama = await listening(createLlamaSimulator({ model: 'vectors' }))
  const whisper = await listening(createWhisperSimulator())
  const service = (name: string, kind: string, url: string, server = 'auto') =>
    `  - { name: ${name}, kind: ${kind}, server: ${server}, upstreams: ['${url}'] }\n`
  const services = [
    service('vectors', 'embeddings', llama),
    service('whisper', 'transcription', whisper),
    service('named', 'transcription', whisper, 'whisper.cpp'),
    service('vllm', 'transcription', vllmUrl),
    service('other', 'transcription', vllmUrl, 'whisper.cpp'),
  ]
  writeFileSync(join(folder.path, 'kinds.yaml'), `services:\n${services.join('')}`)
  const { findings: all } = await findings({ GATEWAY_CONFIG: join(folder.path, 'kinds.yaml') })
  const servers = all.filter(({ about }: { about: string }) => about.startsWith('model server'))
  expect(servers).toMatchObject([
    { about: 'model server of vectors', state: 'good', found: `${llama} has vectors` },
    { about: 'model server of whisper', state: 'good', found: `${whisper} is whisper.cpp` },
    { about: 'model server of named', state: 'good', found: `${whisper} is whisper.cpp` },
    { about: 'model server of vllm', state: 'good', found: `${vllmUrl} has gemma-4-e2b` },
    { about: 'model server of other', state: 'bad', found: `${vllmUrl} is not whisper.cpp` },
  ])
})
