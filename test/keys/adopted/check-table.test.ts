import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAdoptedKeyStore } from '../../../src/keys/adopted/adopted-key-store.ts'
import type { AdoptedTable } from '../../../src/keys/adopted/adopted-table.ts'
import { checkAdoptedTable } from '../../../src/keys/adopted/check-table.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../../database/test-databases.ts'
import { plainTable, runAll } from './adopted-rig.ts'

let opened: OpenTestDatabase
afterEach(() => opened.remove())

const run = (...statements: string[]) => runAll(opened.database, ...statements)
const check = (table: AdoptedTable) => checkAdoptedTable(opened.database, table)
async function problemsOf(table: AdoptedTable): Promise<readonly string[]> {
  return (await check(table)).mismatches.map(({ problem }) => problem)
}

/** Runs what the check proposes, and checks again with the settings changed as it says. */
async function followAdvice(table: AdoptedTable): Promise<AdoptedTable> {
  const { views } = await check(table)
  let followed = table
  for (const view of views) {
    await run(view.slice(view.indexOf('CREATE VIEW')))
    const name = /keys\.table\.name set to (\S+):/.exec(view)?.[1]
    const joined = /keys\.table\.permissions\.table set to (\S+):/.exec(view)?.[1]
    if (name !== undefined) followed = { ...followed, name }
    if (joined !== undefined && followed.permissions.from === 'join') {
      followed = { ...followed, permissions: { ...followed.permissions, table: joined } }
    }
  }
  expect(await problemsOf(followed)).toEqual([])
  return followed
}

describe.each(databaseKinds)('%s', (kind) => {
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    await run(
      `CREATE TABLE api_tokens (id INTEGER PRIMARY KEY, token_hash VARCHAR(64), owner_name VARCHAR(50), is_enabled INTEGER,
         expires_on DATETIME, scopes TEXT)`,
    )
  })

  const full: AdoptedTable = {
    ...plainTable,
    encoding: 'sha256',
    columns: { token: 'token_hash', id: 'id', name: 'owner_name', active: 'is_enabled', expires: 'expires_on' },
    permissions: { from: 'json', column: 'scopes' },
  }

  test('finds nothing wrong with a table that is as the settings say, in whatever case', async () => {
    const check = await checkAdoptedTable(opened.database, full)
    expect(check).toEqual({
      mismatches: [],
      views: [],
      types: { expiresInUtc: false, tokenIsPadded: false },
      doubts: [],
    })
    expect(await problemsOf({ ...full, columns: { token: 'TOKEN_HASH' } })).toEqual([])
  })

  test('names a column that is missing, where it was asked for, and the nearest that there is', async () => {
    const table = { ...full, columns: { ...full.columns, token: 'token_hsh', active: 'enabled' } }
    expect(await problemsOf(table)).toEqual([
      'api_tokens has no column token_hsh (keys.table.columns.token); the nearest is token_hash.',
      'api_tokens has no column enabled (keys.table.columns.active); the nearest is is_enabled.',
    ])
  })

  test('gives a view in which what stands in for missing columns lets nobody in, to be pasted as it is', async () => {
    await run(`INSERT INTO api_tokens VALUES (1, '${'ab'.repeat(32)}', 'Ada', 1, NULL, '["gemma4"]')`)
    const stranger = 'no_such'
    for (const missing of [{ active: stranger }, { revoked: stranger }, { expires: stranger }]) {
      await run('DROP VIEW IF EXISTS api_tokens_for_gateway')
      const table = { ...full, columns: { token: 'token_hash', id: 'id', name: 'owner', ...missing } }
      const { records } = await createAdoptedKeyStore(opened.database, await followAdvice(table)).readAll()
      expect(records).toMatchObject([{ hash: 'ab'.repeat(32), id: '1', name: '1', services: ['gemma4'] }])
      expect(records.filter(({ isRevoked, expiresAtMs }) => !isRevoked && expiresAtMs === null)).toEqual([])
    }
  })

  test.each(['datetime', 'date', 'unix', 'unix-ms'] as const)('has a missing %s expired in its view', async (type) => {
    await run(`INSERT INTO api_tokens VALUES (1, '${'ab'.repeat(32)}', 'Ada', 1, NULL, '["gemma4"]')`)
    const columns = { token: 'token_hash', expires: 'expires_at' }
    const table = await followAdvice({ ...full, columns, expires: { type, timeZone: 'UTC' } })
    const { records, problems } = await createAdoptedKeyStore(opened.database, table).readAll()
    expect(records.map(({ expiresAtMs }) => new Date(expiresAtMs ?? 0).getUTCFullYear())).toEqual([2000])
    expect(problems).toEqual([])
  })

  test('guesses no column in a view, and names those that are not used yet', async () => {
    await run('CREATE TABLE tokens (token_hint VARCHAR(20), inactive INTEGER, ended_at DATETIME, `*/` INTEGER)')
    await run("INSERT INTO tokens VALUES ('abcd', 1, NULL, 1)")
    const columns = { token: 'token', active: 'active', expires: 'expires' }
    const table = { ...plainTable, name: 'tokens', columns }
    const { views } = await check(table)
    expect(views.join()).toMatch(
      /would do once its comments are followed, with keys\.table\.name set to tokens_for_gateway: .*0 AS `active` \/\* stands in and keeps everybody out: put the right column in place of 0, perhaps `inactive`.* AS `expires` \/\* .*`ended_at`/,
    )
    const { records, problems } = await createAdoptedKeyStore(opened.database, await followAdvice(table)).readAll()
    expect(records).toEqual([])
    expect(problems).toEqual(['1 row of tokens_for_gateway with no token: they let nobody in'])
  })

  test('gives a view that permits nothing where no column is like a permission', async () => {
    const table: AdoptedTable = {
      ...full,
      permissions: { from: 'columns', columns: { gemma4: 'can_gemma', qwen: 'may_q' } },
    }
    await run(`INSERT INTO api_tokens VALUES (1, '${'ab'.repeat(32)}', 'Ada', 1, NULL, NULL)`)
    const followed = await followAdvice(table)
    expect((await createAdoptedKeyStore(opened.database, followed).readAll()).records[0]?.services).toEqual([])
  })

  test('names a table that is missing and the nearest, and gives no view of what it may not be', async () => {
    expect(await problemsOf({ ...full, name: 'api_token' })).toEqual([
      "There is no table or view api_token (keys.table.name) that the database's user may read; the nearest is api_tokens.",
    ])
    expect((await check({ ...full, name: 'api_token' })).views).toEqual([])
  })

  test('knows a view whose table is gone from one that is missing', async () => {
    await run('CREATE TABLE gone (token VARCHAR(50))', 'CREATE VIEW looking AS SELECT * FROM gone', 'DROP TABLE gone')
    const table = { ...plainTable, name: 'looking' }
    await expect(createAdoptedKeyStore(opened.database, table).readAll()).rejects.toThrow()
    expect(await problemsOf(table)).toEqual([
      expect.stringMatching(/^looking \(keys\.table\.name\) is there, but the database shows none of its columns/),
    ])
  })

  test('looks at the table of permissions too', async () => {
    await run('CREATE TABLE grants (token INTEGER, permission_name VARCHAR(20))')
    const permissions = { from: 'join', table: 'grants', key: 'token_id', permission: 'permission' } as const
    expect(await problemsOf({ ...full, permissions })).toEqual([
      'grants has no column token_id (keys.table.permissions.key); the nearest is token.',
      'grants has no column permission (keys.table.permissions.permission); the nearest is permission_name.',
    ])
    await followAdvice({ ...full, permissions })
  })

  test('refuses numbers as tokens, and gives a view that makes text of them', async () => {
    await run('CREATE TABLE numbers (token BIGINT)', 'INSERT INTO numbers VALUES (12345)')
    const table = { ...plainTable, name: 'numbers' }
    expect(await problemsOf(table)).toEqual([
      expect.stringMatching(
        /^numbers\.token \(keys\.table\.columns\.token\) is of the type bigint.*numbers equal many texts\.$/i,
      ),
    ])
    const followed = await followAdvice(table)
    expect((await createAdoptedKeyStore(opened.database, followed).readAll()).records).toHaveLength(1)
  })

  test('refuses to show plain tokens as names', async () => {
    const columns = { token: 'owner_name', name: 'OWNER_NAME', id: 'owner_name' }
    expect(await problemsOf({ ...plainTable, columns })).toEqual([
      expect.stringMatching(/columns\.id\) is the token itself/),
      expect.stringMatching(/columns\.name\) is the token itself/),
    ])
  })

  test('is told by the store that reads the table, with all problems and the view in one text', async () => {
    const table = { ...full, columns: { token: 'token_hsh', active: 'enabled' } }
    const reading = createAdoptedKeyStore(opened.database, table).readAll()
    await expect(reading).rejects.toThrow(/token_hsh .*enabled .*CREATE VIEW `api_tokens_for_gateway` AS SELECT/)
  })
})

describe('the types of MySQL', () => {
  beforeEach(async () => {
    opened = await openTestDatabase('mysql')
  })

  test.each([
    ['sha256', 'VARCHAR(32)', /holds 32 characters, too few for sha256, which takes 64/],
    ['sha256', 'BINARY(20)', /holds 20 characters, too few for sha256, which takes 32/],
    ['sha256-base64', 'CHAR(40)', /too few for sha256-base64, which takes 43/],
    ['sha512', 'VARCHAR(64)', /too few for sha512, which takes 128/],
    ['plain', 'INT', /is of the type int, and has to be a text or binary column/],
    ['plain', 'DATETIME', /is of the type datetime/],
  ] as const)('%s tokens do not fit into %s', async (encoding, type, problem) => {
    await run(`CREATE TABLE api_tokens (token ${type})`)
    expect(await problemsOf({ ...plainTable, encoding })).toEqual([expect.stringMatching(problem)])
  })

  test.each([
    ['datetime', 'INT', /expires.type is datetime: set unix or unix-ms/],
    ['datetime', 'DATE', /expires.type is datetime: set date/],
    ['date', 'DATETIME', /expires.type is date: set datetime/],
    ['unix', 'TIMESTAMP', /expires.type is unix: set datetime/],
    ['unix', 'VARCHAR(20)', /is of the type varchar, but expires.type is unix: set datetime .* CAST/],
  ] as const)('a %s is not in a column of %s', async (type, column, problem) => {
    await run(`CREATE TABLE api_tokens (token VARCHAR(20), until_at ${column})`)
    const columns = { token: 'token', expires: 'until_at' }
    expect(await problemsOf({ ...plainTable, columns, expires: { type, timeZone: 'UTC' } })).toEqual([
      expect.stringMatching(problem),
    ])
  })

  test('tells that a TIMESTAMP is in UTC whatever zone is configured', async () => {
    await run('CREATE TABLE api_tokens (token VARCHAR(20), until_at TIMESTAMP NULL)')
    const { types } = await check({ ...plainTable, columns: { token: 'token', expires: 'UNTIL_AT' } })
    expect(types.expiresInUtc).toBe(true)
  })

  test.each([
    ['datetime', 'BIGINT', 'UTC'],
    ['datetime', 'BIGINT', 'Europe/Berlin'],
    ['unix', 'DATETIME', 'UTC'],
    ['unix-ms', 'TIMESTAMP', 'UTC'],
    ['datetime', 'DATE', 'UTC'],
    ['unix', 'VARCHAR(20)', 'UTC'],
  ] as const)(
    'gives no view for a %s in a column of %s, zone %s: NULL would be never',
    async (type, column, timeZone) => {
      await run(`CREATE TABLE api_tokens (token VARCHAR(20), until_at ${column})`)
      const columns = { token: 'token', expires: 'until_at' }
      expect((await check({ ...plainTable, columns, expires: { type, timeZone } })).views).toEqual([])
    },
  )

  test.each(['FLOAT', 'DOUBLE', 'DECIMAL(30,2)'])(
    'gives no view for tokens in %s, whose digits are others',
    async (type) => {
      await run(`CREATE TABLE api_tokens (token ${type})`)
      expect((await check(plainTable)).views).toEqual([])
    },
  )

  test('names a view whose definer is gone', async () => {
    await run(
      'CREATE TABLE base (token VARCHAR(20))',
      "CREATE DEFINER = 'nobody'@'nowhere' SQL SECURITY DEFINER VIEW api_tokens AS SELECT * FROM base",
    )
    const reading = createAdoptedKeyStore(opened.database, plainTable).readAll()
    await expect(reading).rejects.toThrow('The database has a view whose definer is gone (ER_NO_SUCH_USER, 1449).')
  })

  test('does not show tables that the user may not read', async () => {
    await run('CREATE TABLE api_tokens (token VARCHAR(20))')
    expect(await problemsOf({ ...plainTable, name: 'mysql_nowhere.api_tokens' })).toEqual([
      expect.stringMatching(/^There is no table or view mysql_nowhere\.api_tokens .* may read\.$/),
    ])
  })
})
