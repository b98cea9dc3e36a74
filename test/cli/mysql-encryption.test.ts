import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { runCli, startCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { authorityPath, strangerPath } from '../support/mysql-certificate.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'

describe.skipIf(!mysqlServerIsInstalled())('a MySQL whose user must come encrypted', () => {
  const folder = temporaryFolder()
  const kept = startKeptCli()
  let mysql: MysqlServer
  let simulator: Simulator
  let vllmUrl: string
  let name: string
  beforeAll(async () => {
    mysql = await startMysqlServer()
    name = (await mysql.createDatabase()).name
    await mysql.execute(
      `CREATE USER encrypted IDENTIFIED BY 'only-so' REQUIRE SSL; GRANT ALL ON ${name}.* TO encrypted`,
    )
    simulator = createSimulator()
    vllmUrl = (await simulator.listen()).url
    copyFileSync(authorityPath, join(folder.path, 'authority.pem'))
    writeFileSync(join(folder.path, 'notes.txt'), 'no certificate')
  })
  afterAll(async () => {
    await kept.stop()
    await simulator.close()
    await mysql.stop()
    folder.remove()
  })

  const urlOf = (parameters: string, host = 'localhost') =>
    `mysql://encrypted:only-so@${host}:${mysql.port}/${name}${parameters}`
  const environmentOf = (parameters: string, host?: string) => ({
    GATEWAY_ADMIN_KEY: 'an-administrator-key',
    GATEWAY_VLLM_URL: vllmUrl,
    GATEWAY_DATABASE_URL: urlOf(parameters, host),
  })
  const run = (args: string[], parameters: string, host?: string) =>
    kept.run(args, { folder: folder.path, environment: environmentOf(parameters, host) })
  /** As a process of its own. */
  const runAlone = (args: string[], parameters: string) =>
    runCli(args, { folder: folder.path, environment: environmentOf(parameters) })
  const verified = '?ssl-mode=VERIFY_IDENTITY&ssl-ca=authority.pem'

  async function databaseFindings(parameters: string, host?: string) {
    const { stdout } = await run(['doctor', '--json'], parameters, host)
    const { findings } = JSON.parse(stdout)
    return findings.filter(({ about }: { about: string }) => /^settings|^(connection to the )?database$/.test(about))
  }

  test('keeps the keys and the ledger, which a thread of its own ships', async () => {
    const made = await runAlone(['keys', 'create', '--name', 'alice', '--service', 'gemma4', '--json'], verified)
    const { key } = JSON.parse(made.stdout)
    const cli = startCli(['serve', '--port', '0'], { environment: environmentOf(verified), folder: folder.path })
    onTestFinished(async () => void (await cli.end('SIGKILL')))
    const [, url = ''] = await cli.waitFor(/"url":"(http:[^"]+)"[^\n]*the gateway listens/)
    await cli.waitFor(/the model server is ready/)
    const chat = async () => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}/gemma4/chat`, { method: 'POST', headers, body: '{"prompt":"hello"}' })
      await response.text()
      return response.status
    }
    await expect.poll(chat, { timeout: 5000 }).toBe(200)
    const shipped = async () => {
      const rows = await mysql.execute(`SELECT outcome FROM ${name}.gateway_usage`)
      return rows.map(({ outcome }) => outcome)
    }
    await expect.poll(shipped, { timeout: 10_000 }).toContain('completed')
    const usage = await runAlone(['usage', '--json'], verified)
    expect([usage.code, usage.stderr]).toEqual([0, ''])
  }, 60_000)

  test('is said by the doctor to be encrypted, by which protocol and in which mode', async () => {
    expect(await databaseFindings(verified)).toMatchObject([
      { about: 'settings', state: 'good' },
      { about: 'database', state: 'good' },
      {
        about: 'connection to the database',
        state: 'good',
        found: expect.stringMatching(/^encrypted with TLSv1\.[23] \([\w-]+\), ssl-mode=VERIFY_IDENTITY$/),
      },
    ])
  })

  test.each([
    ['', 'localhost', /refuses the user or the password/, /encrypted connections only.*ssl-mode=VERIFY_IDENTITY/],
    [verified, '127.0.0.1', /a certificate for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/, /ssl-mode=VERIFY_CA/],
    [`?ssl-mode=VERIFY_CA&ssl-ca=${strangerPath}`, 'localhost', /of an unknown authority/, /Give ssl-ca/],
    ['?ssl-mode=VERIFY_CA', 'localhost', /of an unknown authority/, /Give ssl-ca/],
  ])(
    'cannot be used with %j at %s, and both doctor and commands say why and what to do',
    async (parameters, host, why, what) => {
      const [, finding] = await databaseFindings(parameters, host)
      const expected = { about: 'database', state: 'bad', found: expect.stringMatching(why) }
      expect(finding).toMatchObject({ ...expected, fix: expect.stringMatching(what) })
      const { code, stdout, stderr } = await run(['keys', 'list'], parameters, host)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(why)
      expect(stderr).toMatch(what)
      expect(stderr).not.toMatch(/\n +at |only-so/)
    },
  )

  test.each([
    ['missing.pem', /missing\.pem, which cannot be read \(ENOENT\), wanted a file that can be read$/],
    ['notes.txt', /notes\.txt, which holds no certificate, wanted a file of certificates in PEM$/],
  ])('is not looked for while %s is no file of certificates', async (file, words) => {
    const parameters = `?ssl-mode=VERIFY_CA&ssl-ca=${file}`
    const [finding, ...others] = await databaseFindings(parameters)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ about: 'settings', state: 'bad', found: expect.stringMatching(words) })
    const { code, stderr } = await runAlone(['serve'], parameters)
    expect(code).toBe(1)
    expect(stderr.trimEnd()).toMatch(words)
    expect(stderr).not.toMatch(/\n +at |only-so/)
  })
})
