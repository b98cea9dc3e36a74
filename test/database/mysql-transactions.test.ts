import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import { readMysqlUrl, type TestDatabase } from '../support/mysql-url.ts'

// These tests make the server read-only, so that it has to be one of their own.
describe.skipIf(!mysqlServerIsInstalled())('a transaction on MySQL', () => {
  let mysql: MysqlServer
  let fresh: TestDatabase
  beforeAll(async () => {
    mysql = await startMysqlServer()
    fresh = await mysql.createDatabase()
    await fresh.execute(
      'CREATE TABLE notes (id INT PRIMARY KEY, words INT) ENGINE=InnoDB; INSERT INTO notes VALUES (1, 0)',
    )
    // Whoever may do everything may also write to a server that is read-only.
    await fresh.execute(`CREATE USER writer IDENTIFIED BY 'pen'; GRANT ALL ON ${fresh.name}.* TO writer`)
  })
  afterAll(() => mysql.stop())

  function open(queryMs: number): Database {
    const settings = { ...readMysqlUrl(fresh.url), user: 'writer', password: 'pen' }
    const database = openDatabase(settings, { acquireMs: 20_000, queryMs })
    onTestFinished(() => database.close())
    return database
  }

  const write = ({ kysely }: Database) =>
    kysely.transaction().execute((transaction) => sql`update notes set words = words + 1`.execute(transaction))
  const words = async () => (await fresh.execute('SELECT words FROM notes'))[0]?.['words']

  test('says that the server is read-only, and is written when it is that no more', async () => {
    const database = open(20_000)
    await write(database)
    const before = await words()
    await mysql.execute('SET GLOBAL read_only = 1')
    try {
      await expect(write(database)).rejects.toThrow('The database is read-only (ER_OPTION_PREVENTS_STATEMENT, 1290).')
    } finally {
      await mysql.execute('SET GLOBAL read_only = 0')
    }
    await write(database)
    expect(await words()).toBe(Number(before) + 1)
  })

  test('says that it may only read', async () => {
    const reading = open(20_000).kysely.transaction().setAccessMode('read only')
    const outcome = reading.execute((transaction) => sql`update notes set words = 9`.execute(transaction))
    await expect(outcome).rejects.toThrow(
      /^The database is read-only \(ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, 1792\)/,
    )
  })

  test('says that it waited too long for a row that another holds, and writes nothing once it is free', async () => {
    const before = await words()
    const holder = open(20_000)
    await holder.kysely.transaction().execute(async (transaction) => {
      await sql`select * from notes for update`.execute(transaction)
      await expect(write(open(300))).rejects.toThrow('The database did not answer in time (DEADLINE).')
    })
    await write(holder)
    expect(await words()).toBe(Number(before) + 1)
  })

  test('says that its connection was ended', async () => {
    const database = open(20_000)
    const outcome = database.kysely.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ id: number }>`select connection_id() as id`.execute(transaction)
      await mysql.execute(`KILL ${rows[0]?.id}`)
      await sql`update notes set words = 9`.execute(transaction)
    })
    await expect(outcome).rejects.toThrow(/^The database closed the connection/)
  })

  test('ends a connection whose rollback fails, so that nobody goes on with what was begun on it', async () => {
    const before = await words()
    const database = open(300)
    const failure = new Error('for another reason')
    const outcome = database.kysely.transaction().execute(async (transaction) => {
      await sql`update notes set words = 9`.execute(transaction)
      mysql.pause()
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    mysql.resume()
    // It waits for the row, should that be held still.
    await write(open(20_000))
    expect(await words()).toBe(Number(before) + 1)
  })
})
