import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import { readMysqlUrl } from '../support/mysql-url.ts'

// These tests stop and kill the server, so that it has to be one of their own.
describe.skipIf(!mysqlServerIsInstalled())('a gateway with its keys in MySQL', () => {
  const folder = temporaryFolder()
  const kept = startKeptCli()
  const running: CliProcess[] = []
  let mysql: MysqlServer
  let simulator: Simulator
  let vllmUrl: string

  beforeAll(async () => {
    mysql = await startMysqlServer()
    simulator = createSimulator()
    vllmUrl = (await simulator.listen()).url
  })
  afterEach(async () => {
    mysql.resume()
    await Promise.all(running.splice(0).map((cli) => cli.end('SIGKILL')))
  })
  afterAll(async () => {
    await kept.stop()
    await simulator.close()
    await mysql.stop()
    folder.remove()
  })

  async function serve(databaseUrl: string, args: string[] = []): Promise<{ cli: CliProcess; url: string }> {
    const environment = {
      GATEWAY_ADMIN_KEY: 'an-administrator-key',
      GATEWAY_VLLM_URL: vllmUrl,
      GATEWAY_DATABASE_URL: databaseUrl,
    }
    const cli = startCli(['serve', '--port', '0', ...args], { environment, folder: folder.path })
    running.push(cli)
    const [, url = ''] = await cli.waitFor(/"url":"(http:[^"]+)"[^\n]*the gateway listens/)
    return { cli, url }
  }

  async function keys(databaseUrl: string, args: string[]) {
    const { stdout } = await kept.run(['keys', ...args, '--json'], {
      folder: folder.path,
      environment: { GATEWAY_DATABASE_URL: databaseUrl },
    })
    return JSON.parse(stdout)
  }

  async function chat(url: string, key: string): Promise<number> {
    const response = await fetch(`${url}/gemma4/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'hello' }),
    })
    await response.text()
    return response.status
  }

  test('known keys work while the database is away, unknown ones get 503, and a revocation holds 5 s after its return', async () => {
    const { url: databaseUrl } = await mysql.createDatabase()
    const alice = await keys(databaseUrl, ['create', '--name', 'alice', '--service', 'gemma4'])
    const bob = await keys(databaseUrl, ['create', '--name', 'bob', '--service', 'gemma4'])
    const { cli, url } = await serve(databaseUrl)
    await cli.waitFor(/the model server is ready/)
    await expect.poll(() => chat(url, alice.key), { timeout: 5000 }).toBe(200)
    await keys(databaseUrl, ['revoke', bob.id])
    await expect.poll(() => chat(url, bob.key), { timeout: 5000 }).toBe(403)

    await mysql.kill()
    // A key that was made elsewhere in the last moment: nobody can say whether it is wrong.
    const stranger = (await keys('sqlite:./elsewhere.db', ['create', '--name', 'stranger'])).key
    await expect.poll(() => chat(url, stranger), { timeout: 6000 }).toBe(503)
    expect(await chat(url, alice.key)).toBe(200)
    expect(await chat(url, bob.key)).toBe(403)
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'degraded', keys: 'stale' })

    // A gateway that starts meanwhile knows the keys from its own copy of their hashes.
    const restarted = await serve(databaseUrl)
    await restarted.cli.waitFor(/the model server is ready/)
    expect(await chat(restarted.url, alice.key)).toBe(200)
    expect(await chat(restarted.url, bob.key)).toBe(403)

    await mysql.restart()
    await keys(databaseUrl, ['revoke', alice.id])
    await expect.poll(() => chat(url, alice.key), { timeout: 5000 }).toBe(403)
    await expect.poll(() => chat(url, stranger), { timeout: 5000 }).toBe(403)
  }, 60_000)

  test('a database that accepts connections and answers nothing slows down no request', async () => {
    const { url: databaseUrl } = await mysql.createDatabase()
    const { key } = await keys(databaseUrl, ['create', '--name', 'alice'])
    const { cli, url } = await serve(databaseUrl)
    await cli.waitFor(/the model server is ready/)
    await expect.poll(() => chat(url, key), { timeout: 5000 }).toBe(200)
    mysql.pause()
    const end = performance.now() + 5000
    let slowestMs = 0
    while (performance.now() < end) {
      const before = performance.now()
      expect(await chat(url, key)).toBe(200)
      slowestMs = Math.max(slowestMs, performance.now() - before)
    }
    expect(slowestMs).toBeLessThan(500)
  }, 30_000)

  test('says that its server is read-only, or that somebody else holds a key, where keys are to be changed', async () => {
    const { url: databaseUrl, name } = await mysql.createDatabase()
    const { id } = await keys(databaseUrl, ['create', '--name', 'alice'])
    // Whoever may do everything may also write to a server that is read-only.
    await mysql.execute(`CREATE USER writer IDENTIFIED BY 'writer-password'; GRANT ALL ON ${name}.* TO writer`)
    const environment = {
      GATEWAY_DATABASE_URL: databaseUrl.replace(/\/\/[^@]+@/, '//writer:writer-password@'),
    }
    const run = (...args: string[]) => kept.run(['keys', ...args], { folder: folder.path, environment })
    await mysql.execute('SET GLOBAL read_only = 1')
    try {
      expect(await run('create', '--name', 'bob')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('The database is read-only (ER_OPTION_PREVENTS_STATEMENT, 1290).\n'),
      })
      expect(await run('show', 'alice')).toMatchObject({ code: 0 })
    } finally {
      await mysql.execute('SET GLOBAL read_only = 0')
    }
    const holder = openDatabase(readMysqlUrl(databaseUrl))
    await holder.kysely.transaction().execute(async (transaction) => {
      await transaction.selectFrom('gateway_keys').selectAll().where('id', '=', id).forUpdate().execute()
      const told = { code: 1, stderr: 'The database did not answer in time (DEADLINE).\n' }
      expect(await run('revoke', 'alice')).toMatchObject(told)
    })
    await holder.close()
    expect(await run('revoke', 'alice')).toMatchObject({ code: 0 })
  }, 30_000)

  test('an existing table is adopted with SELECT alone: what fits gets in, and nothing near it does', async () => {
    const { url: databaseUrl } = await mysql.createDatabase()
    const name = new URL(databaseUrl).pathname.slice(1)
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    await mysql.execute(`
      CREATE TABLE ${name}.api_tokens (id INT PRIMARY KEY, owner VARCHAR(50), token_hash CHAR(64), is_active BIT(1),
        expires_at DATETIME NULL, permissions JSON);
      INSERT INTO ${name}.api_tokens VALUES
        (1, 'alice', '${sha256('Alice-Token')}', b'1', NULL, '["gemma"]'),
        (2, 'bob', '${sha256('Bob-Token')}', b'0', NULL, '["gemma"]'),
        (3, 'carol', '${sha256('Carol-Token')}', b'1', '2001-01-01 00:00:00', '["gemma"]'),
        (4, 'dora', '${sha256('Dora-Token')}', b'1', NULL, '["whisper"]');
      CREATE USER IF NOT EXISTS reader IDENTIFIED BY 'reader-password';
      GRANT SELECT ON ${name}.api_tokens TO reader`)
    const readerUrl = databaseUrl.replace(/\/\/[^@]+@/, '//reader:reader-password@')
    const settings = join(folder.path, 'adopted.yaml')
    const table = (token: string) => `
keys:
  table:
    name: api_tokens
    encoding: sha256
    columns: { token: ${token}, id: id, name: owner, active: is_active, expires: expires_at }
    permissions: { from: json, column: permissions }
    services: { gemma: gemma4 }
`
    writeFileSync(settings, table('token_hash'))
    const { cli, url } = await serve(readerUrl, ['--config', settings])
    await cli.waitFor(/the model server is ready/)
    await expect.poll(() => chat(url, 'Alice-Token'), { timeout: 5000 }).toBe(200)
    for (const wrong of ['alice-token', 'Alice-Tokem', '0', sha256('Alice-Token'), 'Bob-Token', 'Carol-Token']) {
      expect([wrong, await chat(url, wrong)]).toEqual([wrong, 403])
    }
    expect(await chat(url, 'Dora-Token')).toBe(403)
    await mysql.execute(`UPDATE ${name}.api_tokens SET is_active = b'0' WHERE id = 1`)
    await expect.poll(() => chat(url, 'Alice-Token'), { timeout: 5000 }).toBe(403)

    writeFileSync(settings, table('token_hsh'))
    const mistaken = await serve(readerUrl, ['--config', settings])
    const [line] = await mistaken.cli.waitFor(/[^\n]*token_hsh[^\n]*/)
    expect(line).toContain('token_hash')
    expect(mistaken.cli.stdout).toContain('CREATE VIEW')
  }, 60_000)
})
