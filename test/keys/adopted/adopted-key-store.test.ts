import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../../src/database/sql.ts'
import { createAdoptedKeyStore } from '../../../src/keys/adopted/adopted-key-store.ts'
import type { AdoptedTable } from '../../../src/keys/adopted/adopted-table.ts'
import { createKey, hashKey } from '../../../src/keys/key-format.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../../database/test-databases.ts'
import { describeKeyStore } from '../key-store-contract.ts'
import { plainTable, runAll } from './adopted-rig.ts'

const spellings: Record<AdoptedTable['encoding'], (key: string) => string> = {
  plain: (key) => key,
  sha256: (key) => hash('sha256', key, 'hex').toUpperCase(),
  'sha256-base64': (key) => hash('sha256', key, 'base64'),
  sha512: (key) => hash('sha512', key, 'hex'),
}

const encodings = ['plain', 'sha256', 'sha256-base64', 'sha512'] as const

describe.each(databaseKinds)('%s', (kind) => {
  describe.each(encodings)('%s', (encoding) => {
    describeKeyStore('an adopted table', async () => {
      const { database, remove } = await openTestDatabase(kind)
      const table: AdoptedTable = {
        ...plainTable,
        encoding,
        columns: { token: 'secret', id: 'id', name: 'owner', revoked: 'revoked_at', expires: 'expires_at' },
        permissions: { from: 'csv', column: 'allowed', separator: ',' },
      }
      const store = createAdoptedKeyStore(database, table)
      await runAll(
        database,
        `CREATE TABLE api_tokens (id INTEGER PRIMARY KEY, secret VARCHAR(200), owner VARCHAR(100), allowed VARCHAR(100),
           expires_at DATETIME NULL, revoked_at DATETIME NULL)`,
      )
      let id = 0
      return {
        store,
        async add({ name, services, expiresAtMs }) {
          const key = createKey()
          const expires =
            expiresAtMs === null ? null : new Date(expiresAtMs).toISOString().slice(0, 19).replace('T', ' ')
          const allowed = String(services)
          await sql`insert into api_tokens (id, secret, owner, allowed, expires_at)
            values (${++id}, ${spellings[encoding](key)}, ${name}, ${allowed}, ${expires})`.execute(database.kysely)
          return key
        },
        revoke: async (name) => {
          await sql`update api_tokens set revoked_at = '2026-01-01 00:00:00' where owner = ${name}`.execute(
            database.kysely,
          )
        },
        remove: async (name) => void (await sql`delete from api_tokens where owner = ${name}`.execute(database.kysely)),
        dropTable: async () => void (await sql`drop table api_tokens`.execute(database.kysely)),
        tearDown: remove,
      }
    })
  })

  describe('an adopted table', () => {
    let opened: OpenTestDatabase
    beforeEach(async () => {
      opened = await openTestDatabase(kind)
    })
    afterEach(() => opened.remove())

    const run = (...statements: string[]) => runAll(opened.database, ...statements)
    const read = (table: AdoptedTable) => createAdoptedKeyStore(opened.database, table).readAll()

    test('keeps its tokens apart by case and trailing spaces', async () => {
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(50))',
        `INSERT INTO api_tokens VALUES ('Secret-Token'), ('secret-token'), ('spaced ')`,
      )
      const { records, problems } = await read(plainTable)
      const hashes = records.map((record) => record.hash)
      expect(hashes.toSorted()).toEqual([hashKey('Secret-Token'), hashKey('secret-token')].toSorted())
      expect(problems).toEqual([expect.stringMatching(/^1 row of api_tokens with a token that no client can send/)])
    })

    test('lets nobody in by a token that two rows have, nor by none', async () => {
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(50))',
        `INSERT INTO api_tokens VALUES ('double'), ('single'), ('double'), (NULL), ('')`,
      )
      const { records, problems } = await read(plainTable)
      expect(records.map((record) => record.hash)).toEqual([hashKey('single')])
      expect(problems).toEqual([
        expect.stringMatching(/^1 row of api_tokens with the same token as another row/),
        expect.stringMatching(/^2 rows of api_tokens with no token/),
      ])
    })

    test('says which rows are in doubt, the first of them', async () => {
      await run(
        'CREATE TABLE api_tokens (id INT, token VARCHAR(50))',
        `INSERT INTO api_tokens VALUES (3, 'double'), (17, 'double'), (4, NULL), (5, ''), (6, NULL), (7, NULL)`,
      )
      expect((await read({ ...plainTable, columns: { token: 'token', id: 'id' } })).problems).toEqual([
        '1 row of api_tokens with the same token as another row: none of them lets anybody in (3 and 17)',
        '4 rows of api_tokens with no token: they let nobody in (4, 5, 6, …)',
      ])
    })

    test('skips hashes that are none, and counts them without telling them', async () => {
      const right = hashKey('right')
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(70))',
        `INSERT INTO api_tokens VALUES ('${right}'), ('not-a-hash-but-private'), ('${right.slice(1)}')`,
      )
      const { records, problems } = await read({ ...plainTable, encoding: 'sha256' })
      expect(records.map((record) => record.hash)).toEqual([right])
      expect(problems).toEqual([expect.stringMatching(/^2 rows of api_tokens with a token that is no hash/)])
      expect(problems.join()).not.toContain('private')
    })

    test('may be a view', async () => {
      await run(
        'CREATE TABLE people (secret VARCHAR(50), person VARCHAR(50))',
        `INSERT INTO people VALUES ('abc', 'Ada')`,
        'CREATE VIEW api_tokens AS SELECT secret AS token, person AS name FROM people',
      )
      const { records } = await read({ ...plainTable, columns: { token: 'token', name: 'name' } })
      expect(records).toMatchObject([{ hash: hashKey('abc'), id: 'Ada', name: 'Ada', services: 'all' }])
    })

    test('may have columns that need quotes', async () => {
      const quote = kind === 'mysql' ? '`' : '"'
      await run(
        `CREATE TABLE ${quote}select${quote} (${quote}group-key${quote} VARCHAR(50), ${quote}order${quote} VARCHAR(50))`,
        `INSERT INTO ${quote}select${quote} VALUES ('abc', 'Ada')`,
      )
      const { records } = await read({ ...plainTable, name: 'select', columns: { token: 'group-key', name: 'order' } })
      expect(records).toMatchObject([{ hash: hashKey('abc'), name: 'Ada' }])
    })

    test('has keys without an id and a name told apart by a fingerprint that is no piece of the hash', async () => {
      await run('CREATE TABLE api_tokens (token VARCHAR(50))', `INSERT INTO api_tokens VALUES ('abc')`)
      const { records } = await read(plainTable)
      expect(records[0]?.name).toMatch(/^key-[0-9a-f]{8}$/)
      expect(hashKey('abc')).not.toContain(records[0]?.name.slice(4) ?? '')
    })

    test('never shows a token that another column holds too', async () => {
      await run(
        'CREATE TABLE api_tokens (id VARCHAR(50), token VARCHAR(50), owner VARCHAR(50))',
        `INSERT INTO api_tokens VALUES ('secret-one', 'secret-one', 'Ada'), ('2', 'secret-two', 'secret-two')`,
        `INSERT INTO api_tokens VALUES ('secret-3 ', 'secret-3 ', 'secret-3 '), ('secret-4', 'secret-4', 'secret-4')`,
      )
      const table = { ...plainTable, columns: { token: 'token', id: 'id', name: 'owner' } }
      const reading = await read(table)
      expect(JSON.stringify(reading)).not.toContain('secret-')
      expect(reading.records.map(({ id, name }) => [id, name])).toEqual([
        ['Ada', 'Ada'],
        ['2', '2'],
        [expect.stringMatching(/^key-/), expect.stringMatching(/^key-/)],
      ])
      expect(reading.problems).toContainEqual(
        '3 rows of api_tokens with an id or a name that is the token itself: a fingerprint is shown in its place (Ada, 2, …)',
      )
    })

    test('has ids apart that only end differently', async () => {
      const long = 'x'.repeat(120)
      await run(
        'CREATE TABLE api_tokens (id VARCHAR(150), token VARCHAR(50))',
        `INSERT INTO api_tokens VALUES ('${long}a', 'one'), ('${long}b', 'two'), ('${'y'.repeat(100)}', 'three')`,
      )
      const { records, problems } = await read({ ...plainTable, columns: { token: 'token', id: 'id' } })
      const ids = records.map(({ id }) => id)
      expect(new Set(ids).size).toBe(3)
      expect(ids.map(({ length }) => length)).toEqual([100, 100, 100])
      expect(ids).toContain('y'.repeat(100))
      expect(problems).toEqual([])
    })

    test('has seconds told that are taken for milliseconds', async () => {
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(50), until_at BIGINT)',
        `INSERT INTO api_tokens VALUES ('one', 1795000000), ('two', 1795000000000), ('three', NULL)`,
      )
      const columns = { token: 'token', expires: 'until_at' }
      const table = { ...plainTable, columns, expires: { type: 'unix-ms', timeZone: 'UTC' } } as const
      expect((await read(table)).problems).toEqual([
        expect.stringMatching(/^1 row of api_tokens with an expiry before 1973, .*expires\.type to unix/),
      ])
    })

    test('lets in by signed tokens of a few thousand characters, and says what is too long', async () => {
      const text = kind === 'mysql' ? 'VARCHAR(5000) CHARACTER SET ascii' : 'TEXT'
      const [signed, longer] = ['s'.repeat(4096), 'l'.repeat(4097)]
      await run(`CREATE TABLE api_tokens (token ${text})`, `INSERT INTO api_tokens VALUES ('${signed}'), ('${longer}')`)
      const { records, problems } = await read(plainTable)
      expect(records.map(({ hash }) => hash)).toEqual([hashKey(signed)])
      expect(problems).toEqual([
        expect.stringMatching(/^1 row .* no client can send, because it has more than 4096 char/),
      ])
    })

    test('permits by columns', async () => {
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(50), can_chat INTEGER, can_speak INTEGER)',
        `INSERT INTO api_tokens VALUES ('a', 1, 0), ('b', 0, 1), ('c', NULL, 2)`,
      )
      const { records } = await read({
        ...plainTable,
        permissions: { from: 'columns', columns: { gemma: 'can_chat', speech: 'can_speak' } },
        services: { gemma: 'gemma4' },
      })
      expect(records.map(({ services }) => services)).toEqual([['gemma4'], ['speech'], []])
    })

    test('permits by JSON', async () => {
      const type = kind === 'mysql' ? 'JSON' : 'TEXT'
      await run(
        `CREATE TABLE api_tokens (id INTEGER PRIMARY KEY, token VARCHAR(50), permissions ${type})`,
        `INSERT INTO api_tokens VALUES (1, 'a', '["gemma","qwen",7]'), (2, 'b', '{"gemma":true,"qwen":false,"x":1}'),
           (3, 'c', NULL), (4, 'd', '"gemma"'), (5, 'e', '{"__proto__":true,"constructor":true}')`,
      )
      const { records, problems } = await read({
        ...plainTable,
        columns: { token: 'token', id: 'id' },
        permissions: { from: 'json', column: 'permissions' },
        services: { gemma: 'gemma4' },
      })
      const granted = records.map(({ services }) => services)
      expect(granted).toEqual([['gemma4', 'qwen'], ['gemma4', 'x'], [], [], ['__proto__', 'constructor']])
      expect(problems).toEqual([expect.stringMatching(/^1 row .*permissions that cannot be read/)])
    })

    test('permits by another table', async () => {
      await run(
        'CREATE TABLE api_tokens (id INTEGER PRIMARY KEY, token VARCHAR(50))',
        'CREATE TABLE grants (token_id INTEGER, permission VARCHAR(50))',
        `INSERT INTO api_tokens VALUES (1, 'a'), (2, 'b'), (3, 'c')`,
        `INSERT INTO grants VALUES (1, 'gemma4'), (1, 'qwen'), (2, 'qwen'), (9, 'gemma4'), (NULL, 'gemma4'), (2, NULL)`,
      )
      const { records } = await read({
        ...plainTable,
        columns: { token: 'token', id: 'id' },
        permissions: { from: 'join', table: 'grants', key: 'token_id', permission: 'permission' },
      })
      expect(records.map(({ services }) => services)).toEqual([['gemma4', 'qwen'], ['qwen'], []])
    })

    test('says which column has gone, and is read again once it is back', async () => {
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(50), owner VARCHAR(50))',
        `INSERT INTO api_tokens VALUES ('a', 'Ada')`,
      )
      const store = createAdoptedKeyStore(opened.database, {
        ...plainTable,
        columns: { token: 'token', name: 'owner' },
      })
      await store.readAll()
      await run('ALTER TABLE api_tokens RENAME COLUMN owner TO owner_name')
      await expect(store.readAll()).rejects.toThrow(/api_tokens has no column owner .*the nearest is owner_name/)
      await run('ALTER TABLE api_tokens RENAME COLUMN owner_name TO owner')
      expect((await store.readAll()).records).toHaveLength(1)
    })

    test('tells of ids that several rows have, where they are what identifies a key', async () => {
      await run(
        'CREATE TABLE api_tokens (id INTEGER, token VARCHAR(50))',
        "INSERT INTO api_tokens VALUES (1, 'one'), (2, 'two'), (2, 'three')",
      )
      const { records, problems } = await read({ ...plainTable, columns: { token: 'token', id: 'id' } })
      expect(records).toHaveLength(3)
      expect(problems).toEqual([
        expect.stringMatching(/^1 row of api_tokens with the same id as another row: .*\(2\)$/),
      ])
      expect((await read(plainTable)).problems).toEqual([])
    })

    test.each([40, 64, 128])('doubts plain tokens of %s hexadecimal digits, unless they are few', async (digits) => {
      const token = (first: number) => `${first}${'a'.repeat(digits - 1)}`
      await run(
        'CREATE TABLE api_tokens (token VARCHAR(150))',
        `INSERT INTO api_tokens VALUES ('${token(1)}'), ('${token(2)}')`,
      )
      const { records, problems } = await read(plainTable)
      expect(records).toHaveLength(2)
      expect(problems).toEqual([expect.stringMatching(/^2 rows of api_tokens with a token that looks like a hash/)])
      expect(problems.join()).not.toContain('aaa')
      await run("INSERT INTO api_tokens VALUES ('a-plain-token')")
      expect((await read(plainTable)).problems).toEqual([])
    })

    test('makes no table of its own', async () => {
      await run('CREATE TABLE api_tokens (token VARCHAR(50))')
      await read(plainTable)
      const tables = await opened.database.kysely.introspection.getTables({ withInternalKyselyTables: true })
      expect(tables.map(({ name }) => name)).toEqual(['api_tokens'])
    })

    test('is told from itself under other settings', () => {
      const identityOf = (table: AdoptedTable) => createAdoptedKeyStore(opened.database, table).identity
      expect(identityOf(plainTable)).toBe(identityOf({ ...plainTable }))
      expect(identityOf(plainTable)).not.toBe(identityOf({ ...plainTable, encoding: 'sha256' }))
      expect(identityOf(plainTable)).not.toBe(identityOf({ ...plainTable, services: { a: 'b' } }))
    })
  })
})
