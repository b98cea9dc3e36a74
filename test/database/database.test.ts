import { execFile } from 'node:child_process'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { DatabaseError } from '../../src/database/database-error.ts'
import { sql } from '../../src/database/sql.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from './test-databases.ts'

type Connection = Parameters<ReturnType<typeof sql>['execute']>[0]

const row = {
  id: 'key_1',
  name: 'Zoë 🦊',
  key_hash: 'ab'.repeat(32),
  key_hint: 'wxyz',
  services: null,
  created_at: 1_795_000_000_123,
  expires_at: null,
  revoked_at: null,
}

/** Failures after which the database has rolled back by itself. */
const endings = {
  sqlite: {
    code: /^SQLITE_CONSTRAINT$/,
    end: (transaction: Connection) =>
      sql`insert or rollback into gateway_keys select * from gateway_keys`.execute(transaction),
  },
  mysql: {
    code: /^ER_(QUERY_INTERRUPTED|CONNECTION_KILLED)$/,
    async end(transaction: Connection) {
      const { rows } = await sql<{ id: number }>`select connection_id() as id`.execute(transaction)
      await sql.raw(`kill ${rows[0]?.id}`).execute(transaction)
    },
  },
}

describe.each(databaseKinds)('%s', (kind) => {
  let opened: OpenTestDatabase
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
  })
  afterEach(() => opened.remove())

  test('gives back what was put in, to the millisecond and the letter', async () => {
    const { database } = opened
    await database.migrate()
    await database.kysely.insertInto('gateway_keys').values(row).execute()
    expect(await database.kysely.selectFrom('gateway_keys').selectAll().execute()).toEqual([row])
  })

  test('migrates once, and again changes nothing', async () => {
    await opened.database.migrate()
    await opened.database.kysely.insertInto('gateway_keys').values(row).execute()
    const second = openDatabase(opened.settings)
    await second.migrate()
    expect(await second.kysely.selectFrom('gateway_keys').select('id').execute()).toEqual([{ id: 'key_1' }])
    await second.close()
  })

  test('migrates right when several processes do so at once', async () => {
    const room = new URL('../../src/database/database.ts', import.meta.url).href
    const script = `
      const { openDatabase } = await import(${JSON.stringify(room)})
      const database = openDatabase(${JSON.stringify(opened.settings)})
      await database.migrate()
      await database.close()`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    await Promise.all([run(), run(), run()])
    expect(await opened.database.kysely.selectFrom('gateway_keys').selectAll().execute()).toEqual([])
  })

  test('refuses a schema that is newer than it knows, in words', async () => {
    await opened.database.migrate()
    await sql`insert into gateway_migrations (name, timestamp) values ('9999_future', '2030-01-01T00:00:00.000Z')`.execute(
      opened.database.kysely,
    )
    const older = openDatabase(opened.settings)
    await expect(older.migrate()).rejects.toThrow(/newer version of the gateway.*9999_future/)
    await older.close()
  })

  test('leaves the tables alone where it is told to, until another has brought them up to date', async () => {
    const replica = openDatabase({ ...opened.settings, mayMigrate: false })
    await expect(replica.migrate()).rejects.toMatchObject({ code: 'OLDER_SCHEMA' })
    await expect(replica.migrate()).rejects.toThrow(/lacks the migration 0001\w+, and this gateway is not to migrate/)
    await opened.database.migrate()
    await replica.migrate()
    expect(await replica.kysely.selectFrom('gateway_keys').selectAll().execute()).toEqual([])
    await replica.close()
  })

  test('tells hashes apart by case and by trailing spaces', async () => {
    await opened.database.migrate()
    const { kysely } = opened.database
    await kysely.insertInto('gateway_keys').values(row).execute()
    await kysely
      .insertInto('gateway_keys')
      .values({ ...row, id: 'KEY_1', key_hash: 'AB'.repeat(32) })
      .execute()
    const found = await kysely.selectFrom('gateway_keys').select('id').where('id', '=', 'key_1').execute()
    expect(found).toEqual([{ id: 'key_1' }])
  })

  test('refuses the same hash twice', async () => {
    await opened.database.migrate()
    const insert = (id: string) =>
      opened.database.kysely
        .insertInto('gateway_keys')
        .values({ ...row, id })
        .execute()
    await insert('one')
    await expect(insert('two')).rejects.toThrow(DatabaseError)
  })

  test('passes values apart from the statement', async () => {
    const hostile = `'; DROP TABLE gateway_keys; -- \\' "`
    const { rows } = await sql<{ value: string }>`select ${hostile} as value`.execute(opened.database.kysely)
    expect(rows).toEqual([{ value: hostile }])
  })

  test.each([
    ['a statement it cannot read', sql`selec ${'vgw_secret'}`],
    ['a table that is not there', sql`select * from nowhere where id = ${'vgw_secret'}`],
    ['a column that is not there', sql`select vgw_secret from gateway_keys where id = ${'vgw_secret'}`],
    [
      'a value that is there already',
      sql`insert into gateway_migrations (name, timestamp) values (${'vgw_secret'}, ${'x'}), (${'vgw_secret'}, ${'x'})`,
    ],
  ])('fails on %s without a word of the statement or its values', async (_, statement) => {
    await opened.database.migrate()
    const failure: unknown = await statement.execute(opened.database.kysely).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(DatabaseError)
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toMatch(
      /secret|nowhere|gateway_keys|gateway_migrations/,
    )
  })

  test('tells what ended a transaction, not that there is nothing left to roll back', async () => {
    const { database } = opened
    await database.migrate()
    const outcome = database.kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto('gateway_keys').values(row).execute()
      await endings[kind].end(transaction)
    })
    const failure: unknown = await outcome.catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(DatabaseError)
    expect(failure).toMatchObject({ code: expect.stringMatching(endings[kind].code) })
    await database.kysely.transaction().execute((next) => next.insertInto('gateway_keys').values(row).execute())
    expect(await database.kysely.selectFrom('gateway_keys').selectAll().execute()).toEqual([row])
  })
})
