import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import type { Deadlines } from '../../src/database/database-settings.ts'
import { until } from '../gateway/until.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import type { TestDatabase } from '../support/mysql-url.ts'
import { openConversations, type Rig } from './open-conversations.ts'

/** The server is needed as a program here: a server that was only named cannot be taken away. */
describe.skipIf(!mysqlServerIsInstalled())('a MySQL that goes away (skipped where none is installed)', () => {
  let mysql: MysqlServer
  let fresh: TestDatabase
  let database: Database
  let rig: Rig
  beforeAll(async () => {
    mysql = await startMysqlServer()
  })
  beforeEach(async () => {
    fresh = await mysql.createDatabase()
    const patient = openDatabase(fresh.settings, { acquireMs: 20_000, queryMs: 20_000 })
    await patient.migrate()
    await patient.close()
    open({ acquireMs: 500, queryMs: 500 })
  })
  afterEach(async () => {
    await rig.conversations.stop()
    await database.close()
  })
  afterAll(() => mysql.stop())

  function open(deadlines: Deadlines): void {
    database = openDatabase(fresh.settings, deadlines)
    rig = openConversations(database, {}, { patienceMs: 500 })
  }

  /** A machine that does other things too may make the database seem to be away for a moment. */
  async function keep(id: string, text: string): Promise<void> {
    await rig.conversations.put('key_1', { id, text })
    await until(async () => (await ids()).includes(id))
    await until(() => rig.lines.at(-1)?.level !== 'warn')
  }

  const ids = async () => (await fresh.execute('SELECT id FROM gateway_responses ORDER BY id')).map(({ id }) => id)

  test.each([
    ['stops answering', () => mysql.pause(), async () => mysql.resume()],
    ['is killed', () => mysql.kill(), () => mysql.restart()],
  ])('when it %s, the newest are in memory, and in the database soon after its return', async (_, goAway, comeBack) => {
    const { conversations, lines } = rig
    await keep('before', 'one')
    const before = lines.length
    await goAway()
    await conversations.put('key_1', { id: 'during', text: 'two' })
    await conversations.put('key_1', { id: 'removed', text: 'three' })
    expect(await conversations.get('key_1', 'before')).toMatchObject({ text: 'one' })
    expect(await conversations.get('key_1', 'during')).toMatchObject({ text: 'two' })
    await expect(conversations.get('key_1', 'unknown')).rejects.toMatchObject({ kind: 'overloaded' })
    await expect(conversations.remove('key_1', 'removed')).rejects.toMatchObject({ kind: 'overloaded' })
    expect(lines.slice(before)).toMatchObject([{ level: 'warn', message: expect.stringContaining('in memory only') }])
    await comeBack()
    await until(async () => (await ids()).length === 2)
    expect(await ids()).toEqual(['before', 'during'])
    await until(() => lines.at(-1)?.level === 'info')
  })

  test('answers are not held up by a database that does not answer', async () => {
    await keep('before', 'one')
    mysql.pause()
    const startedAt = performance.now()
    for (const id of ['one', 'two', 'three']) await rig.conversations.put('key_1', { id, text: id })
    expect(performance.now() - startedAt).toBeLessThan(2500)
    mysql.resume()
  })

  test('what is only in memory is written when the gateway ends', async () => {
    // One that is killed refuses at once.
    await database.close()
    open({ acquireMs: 20_000, queryMs: 20_000 })
    await mysql.kill()
    await rig.conversations.put('key_1', { id: 'during', text: 'two' })
    await mysql.restart()
    await rig.conversations.stop()
    await until(async () => (await ids()).includes('during'))
  })
})
