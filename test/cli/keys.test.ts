import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { type CliResult, runCli, startCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { freshDatabase } from '../support/mysql-url.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
afterAll(async () => {
  await kept.stop()
  folder.remove()
})

function keys(args: string[], environment: Record<string, string> = {}): Promise<CliResult> {
  return runCli(['keys', ...args], { folder: folder.path, environment })
}

/** What the command says, without a process of its own. */
function keptKeys(args: string[]): Promise<CliResult> {
  return kept.run(['keys', ...args], { folder: folder.path })
}

async function keysJson(args: string[], environment: Record<string, string> = {}) {
  const { code, stdout, stderr } = await keys([...args, '--json'], environment)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

describe('keys, with SQLite', () => {
  test('where no database is, none is made by a command that only looks or changes, and it is said where one was looked for', async () => {
    const path = join(folder.path, 'elsewhere.sqlite')
    const where = ['--database-url', `sqlite:${path}`]
    for (const command of ['keys list', 'keys show x', 'keys revoke x', 'audit', 'usage', 'ledger verify']) {
      const { code, stdout, stderr } = await kept.run([...command.split(' '), ...where], { folder: folder.path })
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(`There is no database at ${path}`),
      })
    }
    expect(existsSync(path)).toBe(false)
    expect((await keys(['create', '--name', 'dora', ...where])).stderr).toBe(`The database is ${path}.\n`)
    expect((await keys(['list', ...where])).stderr).toBe(`The database is ${path}.\n`)
  })

  test('a database that is there and cannot be looked at is not said to be missing', async () => {
    const loop = join(folder.path, 'loop')
    symlinkSync(loop, loop)
    for (const command of ['list', 'create --name x']) {
      const { code, stderr } = await keptKeys([...command.split(' '), '--data-dir', loop])
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^The database .*\/loop\/gateway\.db\. Give .*--data-dir.*\n$/),
      ])
    }
    writeFileSync(join(folder.path, 'text'), 'no database')
    const odd = await keptKeys(['list', '--database-url', 'sqlite:text'])
    expect(odd.stderr).toMatch(
      /^The database file is no SQLite database \(SQLITE_NOTADB, 26\): .*\/text\. It stays as it is: .*\n$/,
    )
  })

  test('creates, lists, shows and revokes; the key itself is told once', async () => {
    const created = await keysJson(['create', '--name', 'alice', '--service', 'gemma4'])
    expect(created).toMatchObject({ id: expect.any(String), name: 'alice', services: ['gemma4'], revoked_at: null })
    expect(created.key).toMatch(/^vgw_\S{40,}$/)

    const listed = await keysJson(['list'])
    expect(listed).toHaveLength(1)
    expect(JSON.stringify(listed)).not.toContain(created.key)
    expect(await keysJson(['show', created.id])).toEqual(listed[0])

    const revoked = await keysJson(['revoke', created.id])
    expect(revoked).toMatchObject({ id: created.id, revoked_at: expect.any(String) })
    expect((await keys(['list'])).stdout).toMatch(/alice.*gemma4.*revoked/s)
  })

  test('says in words what is wrong: an unknown service with the nearest, an unknown id, an expiry in the past', async () => {
    const service = await keptKeys(['create', '--name', 'bob', '--service', 'gema4'])
    expect(service).toMatchObject({ code: 1, stdout: '' })
    expect(service.stderr).toMatch(/gema4.*gemma4.*--api URL/)
    expect(await keptKeys(['show', 'nobody'])).toMatchObject({ code: 1, stdout: '' })
    expect((await keptKeys(['revoke', 'nobody'])).stderr).toContain('nobody')
    const past = await keptKeys(['create', '--name', 'bob', '--expires', '2001-01-01'])
    expect(past.stderr).toMatch(/--expires/)
    expect((await keys(['create'])).code).toBe(2)
  })

  test('a key works in a running gateway within seconds of its creation, and is refused after its revocation', async () => {
    const cli = startCli(['serve', '--port', '0'], {
      folder: folder.path,
      environment: { GATEWAY_ADMIN_KEY: 'an-administrator-key' },
    })
    try {
      const [, url] = await cli.waitFor(/"url":"(http:[^"]+)"[^\n]*the gateway listens/)
      const { id, key } = await keysJson(['create', '--name', 'carol', '--service', 'gemma4'])
      const status = async () =>
        (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status
      await expect.poll(status, { timeout: 5000 }).toBe(200)
      await keysJson(['revoke', id])
      await expect.poll(status, { timeout: 5000 }).toBe(403)
    } finally {
      await cli.end('SIGKILL')
    }
  })
})

describe('keys, with MySQL', () => {
  test('creates and lists keys in the database', async () => {
    const { url, drop } = await freshDatabase(inject('mysqlUrl'))
    const environment = { GATEWAY_DATABASE_URL: url }
    const { id } = await keysJson(['create', '--name', 'dora', '--service', 'gemma4'], environment)
    expect(await keysJson(['list'], environment)).toMatchObject([{ id, name: 'dora' }])
    await drop()
  })

  test('says without a stack, SQL or password that the database cannot be reached', async () => {
    const unreachable = { GATEWAY_DATABASE_URL: 'mysql://user:hidden-word@127.0.0.1:1/none' }
    const { code, stderr } = await keys(['list'], unreachable)
    expect(code).toBe(1)
    expect(stderr).toMatch(/database/)
    expect(stderr).not.toMatch(/hidden-word|select|\n\s+at /i)
  })
})
