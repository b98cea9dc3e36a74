import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../../src/database/database.ts'
import { createAdoptedKeyStore } from '../../../src/keys/adopted/adopted-key-store.ts'
import type { AdoptedTable } from '../../../src/keys/adopted/adopted-table.ts'
import { hashKey } from '../../../src/keys/key-format.ts'
import type { KeyReading } from '../../../src/keys/key-store.ts'
import { type OpenTestDatabase, openTestDatabase } from '../../database/test-databases.ts'
import { plainTable, runAll } from './adopted-rig.ts'

/** What MySQL does to values, on their way through a real one. */
describe('a table in MySQL', () => {
  let opened: OpenTestDatabase
  beforeAll(async () => {
    opened = await openTestDatabase('mysql')
  })
  afterAll(() => opened.remove())
  beforeEach(() => runAll(opened.database, 'DROP TABLE IF EXISTS api_tokens'))

  const run = (...statements: string[]) => runAll(opened.database, ...statements)
  const read = (table: AdoptedTable): Promise<KeyReading> => createAdoptedKeyStore(opened.database, table).readAll()
  const ends = ({ records }: KeyReading) =>
    records.map(({ expiresAtMs }) => expiresAtMs && new Date(expiresAtMs).toISOString())

  test('may hold its tokens in a collation that ignores case and spaces, and they differ all the same', async () => {
    await run(
      'CREATE TABLE api_tokens (token VARCHAR(50) COLLATE utf8mb4_unicode_ci)',
      `INSERT INTO api_tokens VALUES ('ABC')`,
    )
    const { records } = await read(plainTable)
    expect(records.map(({ hash }) => hash)).toEqual([hashKey('ABC')])
    expect(records.map(({ hash }) => hash)).not.toContain(hashKey('abc'))
  })

  test('may hold tokens in CHAR, BINARY and BLOB columns', async () => {
    for (const type of ['CHAR(20)', 'VARBINARY(20)', 'BLOB', 'TEXT', 'BINARY(5)', 'BINARY(64)']) {
      await run(
        'DROP TABLE IF EXISTS api_tokens',
        `CREATE TABLE api_tokens (token ${type})`,
        `INSERT INTO api_tokens VALUES ('abcde')`,
      )
      expect((await read(plainTable)).records.map(({ hash }) => hash)).toEqual([hashKey('abcde')])
    }
  })

  test('may hold a bare hash in BINARY(32)', async () => {
    await run('CREATE TABLE api_tokens (token BINARY(32))', `INSERT INTO api_tokens VALUES (UNHEX(SHA2('abc', 256)))`)
    const { records } = await read({ ...plainTable, encoding: 'sha256' })
    expect(records.map(({ hash }) => hash)).toEqual([hashKey('abc')])
  })

  test('may say in BIT(1), TINYINT, ENUM or CHAR that a key is active', async () => {
    for (const [type, yes, no] of [
      ['BIT(1)', "b'1'", "b'0'"],
      ['TINYINT(1)', '1', '0'],
      ['BOOLEAN', 'TRUE', 'FALSE'],
      ["ENUM('Y','N')", "'Y'", "'N'"],
      ['CHAR(5)', "'true'", "'false'"],
      ['DECIMAL(3,1)', '1', '0'],
    ]) {
      await run(
        'DROP TABLE IF EXISTS api_tokens',
        `CREATE TABLE api_tokens (token VARCHAR(9), is_active ${type})`,
        `INSERT INTO api_tokens VALUES ('on', ${yes}), ('off', ${no}), ('null', NULL)`,
      )
      const { records } = await read({ ...plainTable, columns: { token: 'token', active: 'is_active' } })
      expect(records.map(({ isRevoked }) => isRevoked)).toEqual([false, true, true])
    }
  })

  test('has its DATETIME read in the configured zone, and its TIMESTAMP as the moment that it is', async () => {
    const expires = { type: 'datetime', timeZone: 'Europe/Berlin' } as const
    for (const [type, end] of [
      ['DATETIME', '2026-07-01T10:00:00.000Z'],
      ['TIMESTAMP NULL', '2026-07-01T12:00:00.000Z'],
    ]) {
      await run(
        'DROP TABLE IF EXISTS api_tokens',
        `CREATE TABLE api_tokens (token VARCHAR(9), until_at ${type})`,
        // Our sessions are in UTC.
        `INSERT INTO api_tokens VALUES ('a', '2026-07-01 12:00:00'), ('b', NULL)`,
      )
      expect(ends(await read({ ...plainTable, columns: { token: 'token', expires: 'until_at' }, expires }))).toEqual([
        end,
        null,
      ])
    }
  })

  test('has what a view makes of a TIMESTAMP doubted, unless the zone is UTC', async () => {
    await run(
      'DROP VIEW IF EXISTS readable',
      'CREATE TABLE api_tokens (token VARCHAR(9), until_at TIMESTAMP NULL)',
      `INSERT INTO api_tokens VALUES ('a', '2026-07-01 12:00:00')`,
    )
    const columns = { token: 'token', expires: 'ends' }
    const table = { ...plainTable, name: 'readable', columns }
    const doubt = /^readable\.ends .* read in America\/New_York: if the view makes it of a TIMESTAMP, it is in UTC/
    for (const [expression, timeZone, problems] of [
      ["IFNULL(until_at, '2038-01-01')", 'America/New_York', [expect.stringMatching(doubt)]],
      ['CAST(until_at AS CHAR)', 'America/New_York', [expect.stringMatching(doubt)]],
      ['CAST(until_at AS CHAR)', 'UTC', []],
      ['until_at', 'America/New_York', []],
    ] as const) {
      await run(`CREATE OR REPLACE VIEW readable AS SELECT token, ${expression} AS ends FROM api_tokens`)
      const reading = await read({ ...table, expires: { type: 'datetime', timeZone } })
      expect(reading.problems).toEqual(problems)
      if (problems.length === 0) expect(ends(reading)).toEqual(['2026-07-01T12:00:00.000Z'])
    }
    await run('DROP VIEW readable')
  })

  test('is looked at again when the type of a column changes while it is read', async () => {
    await run(
      'CREATE TABLE api_tokens (token VARCHAR(40), until_at DATETIME)',
      `INSERT INTO api_tokens VALUES ('1', '2026-07-01 12:00:00')`,
    )
    const expires = { type: 'datetime', timeZone: 'America/New_York' } as const
    const columns = { token: 'token', expires: 'until_at' }
    const store = createAdoptedKeyStore(opened.database, { ...plainTable, columns, expires })
    expect(ends(await store.readAll())).toEqual(['2026-07-01T16:00:00.000Z'])
    await run("SET time_zone = '+00:00'", 'ALTER TABLE api_tokens MODIFY until_at TIMESTAMP NULL')
    expect(ends(await store.readAll())).toEqual(['2026-07-01T12:00:00.000Z'])
    await run('ALTER TABLE api_tokens MODIFY token DECIMAL(30)')
    await expect(store.readAll()).rejects.toThrow(/api_tokens\.token .* is of the type decimal/)
  })

  test('has DATE, INT and BIGINT expiries', async () => {
    for (const [type, column, value, end] of [
      ['date', 'DATE', "'2026-07-01'", '2026-07-02T00:00:00.000Z'],
      ['unix', 'INT UNSIGNED', '1795000000', '2026-11-18T11:06:40.000Z'],
      ['unix', 'DECIMAL(20,3)', '1795000000.5', '2026-11-18T11:06:40.500Z'],
      ['unix-ms', 'BIGINT', '1795000000123', '2026-11-18T11:06:40.123Z'],
    ] as const) {
      await run(
        'DROP TABLE IF EXISTS api_tokens',
        `CREATE TABLE api_tokens (token VARCHAR(9), until_at ${column})`,
        `INSERT INTO api_tokens VALUES ('a', ${value})`,
      )
      const expires = { type, timeZone: 'UTC' }
      expect(ends(await read({ ...plainTable, columns: { token: 'token', expires: 'until_at' }, expires }))).toEqual([
        end,
      ])
    }
  })

  test('has its zero dates taken for expired and for revoked, and says so', async () => {
    await run(
      `CREATE TABLE api_tokens (token VARCHAR(9), until_at DATETIME NOT NULL, revoked_at DATETIME NOT NULL)`,
      `INSERT INTO api_tokens VALUES ('a', '0000-00-00 00:00:00', '0000-00-00 00:00:00')`,
    )
    const columns = { token: 'token', expires: 'until_at', revoked: 'revoked_at' }
    const { records, problems } = await read({ ...plainTable, columns })
    expect(records).toMatchObject([{ expiresAtMs: 0, isRevoked: true }])
    expect(problems).toEqual([expect.stringMatching(/^1 row of api_tokens with an expiry that cannot be read/)])
  })

  test('may have ids beyond 2^53 and binary ones, each its own', async () => {
    for (const [type, one, two] of [
      ['BIGINT UNSIGNED', '9007199254740993', '9007199254740992'],
      ['BINARY(16)', "UNHEX('00112233445566778899AABBCCDDEEFF')", "UNHEX('00112233445566778899AABBCCDDEEFE')"],
    ]) {
      await run(
        'DROP TABLE IF EXISTS api_tokens, grants',
        `CREATE TABLE api_tokens (id ${type}, token VARCHAR(9))`,
        `CREATE TABLE grants (token_id ${type}, permission VARCHAR(9))`,
        `INSERT INTO api_tokens VALUES (${one}, 'a'), (${two}, 'b')`,
        `INSERT INTO grants VALUES (${one}, 'gemma4')`,
      )
      const { records } = await read({
        ...plainTable,
        columns: { token: 'token', id: 'id' },
        permissions: { from: 'join', table: 'grants', key: 'token_id', permission: 'permission' },
      })
      expect(records.map(({ services }) => services)).toEqual([['gemma4'], []])
      expect(new Set(records.map(({ id }) => id)).size).toBe(2)
    }
  })

  test('may permit by a SET column', async () => {
    await run(
      "CREATE TABLE api_tokens (token VARCHAR(9), allowed SET('gemma4', 'qwen'))",
      `INSERT INTO api_tokens VALUES ('a', 'gemma4,qwen'), ('b', '')`,
    )
    const { records } = await read({ ...plainTable, permissions: { from: 'csv', column: 'allowed', separator: ',' } })
    expect(records.map(({ services }) => services)).toEqual([['gemma4', 'qwen'], []])
  })

  test('may lie in another schema, and be read by a user that may do nothing but SELECT there', async () => {
    const other = await openTestDatabase('mysql')
    if (opened.settings.kind !== 'mysql' || other.settings.kind !== 'mysql') throw new Error('This is about MySQL.')
    const { database: schema } = other.settings
    const user = `${schema.slice(-12)}_ro`
    await runAll(
      other.database,
      'CREATE TABLE api_tokens (token VARCHAR(9))',
      `INSERT INTO api_tokens VALUES ('a')`,
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'readonly'`,
      `GRANT SELECT ON \`${schema}\`.* TO '${user}'@'%'`,
    )
    const { host, port } = other.settings
    const reader = openDatabase({ kind: 'mysql', host, port, user, password: 'readonly', database: schema })
    for (const name of ['api_tokens', `${schema}.api_tokens`]) {
      expect((await createAdoptedKeyStore(reader, { ...plainTable, name }).readAll()).records).toHaveLength(1)
    }
    await reader.close()
    expect((await read({ ...plainTable, name: `${schema}.api_tokens` })).records).toHaveLength(1)
    await runAll(other.database, `DROP USER '${user}'@'%'`)
    await other.remove()
  })
})
