import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { DatabaseError } from '../../src/database/database-error.ts'
import { sql } from '../../src/database/sql.ts'
import { freshDatabase, readMysqlUrl, type TestDatabase } from '../support/mysql-url.ts'

const deadlines = { acquireMs: 200, queryMs: 300 }

describe('a server that answers', () => {
  let fresh: TestDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(inject('mysqlUrl'))
  })
  afterAll(() => fresh.drop())

  test('is given its connections back after queries that took too long', async () => {
    const database = openDatabase(fresh.settings, deadlines)
    const slow = Array.from({ length: 8 }, () => sql`select sleep(20)`.execute(database.kysely))
    const outcomes = await Promise.allSettled(slow)
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'rejected'))
    expect((await sql`select 1 as one`.execute(database.kysely)).rows).toEqual([{ one: 1 }])
    await database.close()
  })

  test('lets queries wait for a connection, and refuses at once when too many wait', async () => {
    const database = openDatabase(fresh.settings)
    const all = Array.from({ length: 200 }, () => sql`select sleep(0.02)`.execute(database.kysely))
    const outcomes = await Promise.allSettled(all)
    const fulfilled = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(fulfilled).toBeGreaterThanOrEqual(72)
    expect(fulfilled).toBeLessThan(200)
    await database.close()
  })

  test('is spoken to in UTC, and in a mode that truncates nothing', async () => {
    const database = openDatabase(fresh.settings)
    const { rows } = await sql`select @@session.time_zone as zone, @@session.sql_mode as mode`.execute(database.kysely)
    expect(rows).toEqual([{ zone: '+00:00', mode: 'STRICT_ALL_TABLES' }])
    await database.close()
  })

  test('runs one statement at a time', async () => {
    const database = openDatabase(fresh.settings)
    await expect(sql`select 1; select 2`.execute(database.kysely)).rejects.toThrow(/ER_PARSE_ERROR/)
    await database.close()
  })

  test('hands out times, JSON and large numbers as text', async () => {
    const database = openDatabase(fresh.settings)
    // With the space that MySQL puts there itself; MariaDB keeps the text as it came.
    await fresh.execute(`
      CREATE TABLE kinds (flag BIT(1), json JSON, moment DATETIME, day DATE, large BIGINT UNSIGNED, bytes BINARY(2));
      INSERT INTO kinds VALUES (1, '{"a": 1}', '2026-05-04 03:02:01', '2026-05-04', 18446744073709551615, 'ab')`)
    const expected = [
      {
        flag: Buffer.from([1]),
        json: '{"a": 1}',
        moment: '2026-05-04 03:02:01',
        day: '2026-05-04',
        large: '18446744073709551615',
        bytes: Buffer.from('ab'),
      },
    ]
    expect((await sql`select * from kinds`.execute(database.kysely)).rows).toEqual(expected)
    expect((await sql`select * from kinds where ${'1'} = '1'`.execute(database.kysely)).rows).toEqual(expected)
    await database.close()
  })

  const connectionOf = async ({ kysely }: Database) =>
    (await sql<{ id: number }>`select connection_id() as id`.execute(kysely)).rows[0]?.id

  test('that ends a connection which was idle for long is asked over another', async () => {
    const database = openDatabase(fresh.settings)
    await sql`set session wait_timeout = 1`.execute(database.kysely)
    const first = await connectionOf(database)
    const openOnes = async () => (await fresh.execute('SHOW PROCESSLIST')).map((row) => row['Id'])
    expect(await openOnes()).toContain(first)
    await expect.poll(openOnes, { timeout: 5000 }).not.toContain(first)
    expect(await connectionOf(database)).not.toBe(first)
    await database.close()
  })

  test('that kills a connection at its work is asked over another', async () => {
    const database = openDatabase(fresh.settings)
    const first = await connectionOf(database)
    await expect(sql.raw(`kill ${first}`).execute(database.kysely)).rejects.toThrow(DatabaseError)
    expect(await connectionOf(database)).not.toBe(first)
    await database.close()
  })

  test('that refuses the password is told apart from one that is away', async () => {
    const database = openDatabase({ ...fresh.settings, password: 'wrong' })
    await expect(database.migrate()).rejects.toThrow(/refuses the user or the password/)
    await database.close()
  })
})

describe('a server that accepts connections and says nothing', () => {
  let server: Server
  const sockets = new Set<Socket>()
  let port: number
  beforeAll(async () => {
    server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  test('costs a query no more than its deadline, however many there are', async () => {
    const settings = { ...readMysqlUrl('mysql://u:p@127.0.0.1/d'), port }
    const database = openDatabase(settings, deadlines)
    const startedAt = performance.now()
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => sql`select 1`.execute(database.kysely)))
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(
      outcomes.every((outcome) => outcome.status === 'rejected' && /DEADLINE|ETIMEDOUT/.test(outcome.reason)),
    ).toBe(true)
    await database.close()
  })

  test('does not keep the pool from closing', async () => {
    const database = openDatabase({ ...readMysqlUrl('mysql://u:p@127.0.0.1/d'), port }, deadlines)
    const query = sql`select 1`.execute(database.kysely).catch(() => 'failed')
    const startedAt = performance.now()
    await database.close()
    expect(performance.now() - startedAt).toBeLessThan(1500)
    expect(await query).toBe('failed')
  })
})

test('a server that is not there is told apart in words', async () => {
  const database = openDatabase({ ...readMysqlUrl('mysql://u:p@127.0.0.1:1/d') }, deadlines)
  await expect(database.migrate()).rejects.toThrow(/cannot be reached \(ECONNREFUSED/)
  await database.close()
})
