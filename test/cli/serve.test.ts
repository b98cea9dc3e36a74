import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

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
const disk = mountSmallDisk(600)
afterAll(() => {
  disk?.remove()
  folder.remove()
})

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
      // One that was only on its way to another name is gone by now.
      const found = statSync(join(folder.path, 'other-data', file), { throwIfNoEntry: false })
      expect((found?.mode ?? 0) & 0o077).toBe(0)
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

describe('where the data folder cannot be used, the start ends with 1 and a sentence', () => {
  const cannotBeUsed = /^The data folder \S+ cannot be used \(E[A-Z]+\)\. Give this user a folder.*--data-dir.*\n$/
  const mysql = { GATEWAY_DATABASE_URL: 'mysql://nobody:secret@127.0.0.1:1/none' }
  const apart = { GATEWAY_DATABASE_URL: 'sqlite:apart.db' }

  test.each([
    ['is a file', 'afile', {}],
    ['is a file, and the database is elsewhere', 'afile', apart],
    ['is to be below a file', 'afile/below', {}],
    ['is to be where none can be made', '/proc/here', {}],
    ['is to be where none can be made, and the database is a server', '/proc/here', mysql],
  ])('it %s', async (_what, dataDir, environment) => {
    writeFileSync(join(folder.path, 'afile'), '')
    const cli = serve(environment, ['--data-dir', dataDir])
    expect(await cli.exited).toBe(1)
    expect(cli.stderr).toMatch(cannotBeUsed)
  })

  test('it has a folder where the database should be', async () => {
    mkdirSync(join(folder.path, 'crossed', 'gateway.db'), { recursive: true })
    const cli = serve({}, ['--data-dir', 'crossed'])
    expect(await cli.exited).toBe(1)
    expect(cli.stderr).toMatch(/^The database file is a folder \(EISDIR\): .*\/crossed\/gateway\.db\. Give this user/)
  })

  test('the database file is something else, and stays as it is', async () => {
    const path = join(folder.path, 'letters', 'gateway.db')
    mkdirSync(join(folder.path, 'letters'))
    writeFileSync(path, 'Dear database, '.repeat(100))
    const cli = serve({}, ['--data-dir', 'letters'])
    expect(await cli.exited).toBe(1)
    expect(cli.stderr).toMatch(
      /^The database file is no SQLite database \(\S+, 26\): .*gateway\.db\. It stays as it is/,
    )
    expect(readFileSync(path, 'utf8')).toBe('Dear database, '.repeat(100))
    expect(readdirSync(join(folder.path, 'letters'))).toEqual(['gateway.db'])
  })
})

test.each([
  ['seal-secret.txt', 'holds no secret'],
  ['admin-key.json', 'holds no hash of a key'],
])(
  'a %s with something else in it ends the start with a sentence, and leaves no key that nobody saw',
  async (name, words) => {
    const dataDir = mkdtempSync(join(folder.path, 'strange-'))
    writeFileSync(join(dataDir, name), 'something else')
    const cli = serve({}, ['--data-dir', dataDir])
    expect(await cli.exited).toBe(1)
    expect(cli.stderr.startsWith(`${join(dataDir, name)} ${words}. Remove it to have a new `)).toBe(true)
    expect(cli.stderr.trimEnd()).not.toContain('\n')
    rmSync(join(dataDir, name))
    await serve({}, ['--data-dir', dataDir]).waitFor(/hash: (vgw_\S+)/)
  },
)

describe.runIf(disk !== undefined)('on a disk that is full', () => {
  test('the start says so and ends with 1, and the next start shows a key', async () => {
    const dataDir = join(disk?.path ?? '', 'data')
    for (const freePages of [0, 2, 10]) {
      rmSync(dataDir, { recursive: true, force: true })
      disk?.fill()
      for (let page = 0; page < freePages; page++) truncateSync(join(disk?.path ?? '', `ballast-${page}`))
      const cli = serve({}, ['--data-dir', dataDir])
      expect(await cli.exited).toBe(1)
      expect(cli.stderr).toMatch(/^[^\n]*(ENOSPC|SQLITE_FULL)[^\n]* Make room on its disk[^\n]*\n$/)
      disk?.free()
      const next = serve({}, ['--data-dir', dataDir])
      await next.waitFor(/hash: (vgw_\S+)/)
      await next.end()
    }
  })
})

test('says in a sentence that no address has the name that it is to listen on', async () => {
  const nameless = serve({}, ['--host', 'nosuch.invalid'])
  expect(await nameless.exited).toBe(1)
  expect(nameless.stderr).toBe(
    'nosuch.invalid is no address, nor a name that can be looked up. Set another with --host or GATEWAY_HOST.\n',
  )
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
