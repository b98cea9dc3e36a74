import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
const running: CliProcess[] = []
const listening = /"url":"(http:[^"]+)"[^\n]*the gateway listens/

function serve(environment: Record<string, string> = {}, args: string[] = []): CliProcess {
  const cli = startCli(['serve', '--port', '0', ...args], { environment, folder: folder.path })
  running.push(cli)
  return cli
}

async function ask(url: string, key: string): Promise<Response> {
  return fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
}

async function addressOf(cli: CliProcess): Promise<string> {
  const [, url] = await cli.waitFor(listening)
  return url ?? ''
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((cli) => cli.end('SIGKILL')))
})
afterAll(() => folder.remove())

describe('the first start', () => {
  test('prints the key of the administrator once, keeps only its hash, and a second start keeps it valid', async () => {
    const first = serve()
    const [, key = ''] = await first.waitFor(/hash: (vgw_\S+)/)
    expect((await ask(await addressOf(first), key)).status).toBe(200)
    expect(await first.end()).toBe(0)
    expect(first.stdout).not.toContain(key)
    const kept = join(folder.path, 'data')
    for (const file of readdirSync(kept)) expect(readFileSync(join(kept, file), 'latin1')).not.toContain(key)

    const second = serve()
    expect((await ask(await addressOf(second), key)).status).toBe(200)
    expect(second.stderr).toBe('')
    expect(await second.end()).toBe(0)
  })

  test('takes GATEWAY_ADMIN_KEY, also from a file, and then prints none', async () => {
    writeFileSync(join(folder.path, 'admin-key'), 'a key of my own, with spaces\n')
    const cli = serve({ GATEWAY_ADMIN_KEY_FILE: 'admin-key', GATEWAY_DATA_DIR: 'other-data' })
    expect((await ask(await addressOf(cli), 'a key of my own, with spaces')).status).toBe(200)
    expect(cli.stderr).toBe('')
    for (const file of readdirSync(join(folder.path, 'other-data'))) {
      expect(statSync(join(folder.path, 'other-data', file)).mode & 0o077).toBe(0)
    }
  })
})

test('starts while vLLM and MySQL are away, says what it waits for, and serves when vLLM comes', async () => {
  const simulator = createSimulator()
  const { port } = await simulator.listen()
  await simulator.close()
  const cli = serve({
    GATEWAY_ADMIN_KEY: 'an-administrator-key',
    GATEWAY_VLLM_URL: `http://127.0.0.1:${port}`,
    GATEWAY_DATABASE_URL: 'mysql://nobody:secret@127.0.0.1:1/none',
  })
  const url = await addressOf(cli)
  const chat = () =>
    fetch(`${url}/chat`, {
      method: 'POST',
      headers: { authorization: 'Bearer an-administrator-key', 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'hello' }),
    })
  await cli.waitFor(/waiting for the model server/)
  await cli.waitFor(/"level":(40|50)[^\n]*key/)
  expect(cli.stdout).not.toContain('secret')
  expect((await chat()).status).toBe(502)
  const unknown = await ask(url, 'vgw_unknown-key-of-somebody')
  expect([403, 503]).toContain(unknown.status)
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  expect((await fetch(`${url}/livez`)).status).toBe(200)

  const back = createSimulator()
  await back.listen({ port })
  await cli.waitFor(/the model server is ready/)
  expect((await chat()).status).toBe(200)
  await back.close()
})

test.each([
  ['its database', {}, /^The database .*\(EEXIST\): .*\/afile\/gateway\.db\. Give this user a folder.*--data-dir.*\n$/],
  [
    'its own files',
    { GATEWAY_DATABASE_URL: 'sqlite:apart.db' },
    /^The data folder \S+\/afile cannot be used \(E\w+\)\. Give this user a folder.*--data-dir.*\n$/,
  ],
])('says in a sentence that the data folder cannot be used for %s', async (_what, environment, words) => {
  writeFileSync(join(folder.path, 'afile'), '')
  const cli = serve(environment, ['--data-dir', 'afile'])
  expect(await cli.exited).toBe(1)
  expect(cli.stderr).toMatch(words)
})

test('refuses to start with every problem at once, and with a port that is taken', async () => {
  const bad = serve({ GATEWAY_PRT: '1', GATEWAY_LOG_LEVEL: 'loud' }, ['--shutdown-grace', 'soon'])
  expect(await bad.exited).toBe(1)
  expect(bad.stderr).toMatch(/GATEWAY_PRT.*GATEWAY_PORT/)
  expect(bad.stderr).toContain('GATEWAY_LOG_LEVEL')
  expect(bad.stderr).toContain('--shutdown-grace')

  const holder = createSimulator()
  const { port } = await holder.listen()
  const taken = startCli(['serve', '--port', String(port)], { folder: folder.path })
  expect(await taken.exited).toBe(1)
  expect(taken.stderr).toContain(`Port ${port} on 127.0.0.1 is taken`)
  await holder.close()
})
