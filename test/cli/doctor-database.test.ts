import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { examineDatabase } from '../../src/cli/doctor/examine-database.ts'
import { examineOpenFiles } from '../../src/cli/doctor/examine-open-files.ts'
import { migrationTables, ownTables } from '../../src/cli/doctor/own-tables.ts'
import { createRecordTable } from '../../src/conversations/record-table.ts'
import { openDatabase } from '../../src/database/database.ts'
import type { DatabaseSettings } from '../../src/database/database-settings.ts'
import { sql } from '../../src/database/sql.ts'
import type { AdoptedTable } from '../../src/keys/adopted/adopted-table.ts'
import { localOwner } from '../../src/keys/gateway-key-store.ts'
import { openKeyAdmin } from '../../src/keys/open-key-admin.ts'
import { loadSettings, type Settings } from '../../src/settings/settings.ts'
import { addEntries } from '../../src/usage/add-entries.ts'
import { nameLedger } from '../../src/usage/ledger-id.ts'
import { removeOld } from '../../src/usage/retention.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { plainTable, runAll } from '../keys/adopted/adopted-rig.ts'
import { runCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { usageRowOf } from '../usage/usage-rows.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
afterAll(async () => {
  await kept.stop()
  folder.remove()
})

function settingsOf(database: DatabaseSettings, table: AdoptedTable | null = null): Settings {
  const { settings } = loadSettings({ environment: {}, flags: {}, workingDirectory: folder.path })
  // Which settings are together does not matter here.
  return { ...settings, database, keys: { ...settings.keys, table } } as Settings
}

async function findingsAbout(about: string, settings: Settings) {
  return (await examineDatabase(settings)).filter((finding) => finding.about === about)
}

let opened: OpenTestDatabase

/** As a version before the ledger's name would have left it. */
async function makeOlder(...tables: string[]): Promise<void> {
  await opened.database.migrate()
  for (const table of tables) {
    await sql`drop table ${sql.table(table)}`.execute(opened.database.kysely)
    await sql`delete from gateway_migrations where name like ${`%${table}`}`.execute(opened.database.kysely)
  }
}

async function history(): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from gateway_migrations order by name`.execute(
    opened.database.kysely,
  )
  return rows.map(({ name }) => name)
}

describe.each(databaseKinds)('%s', (kind) => {
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
  })
  afterEach(() => opened.remove())

  test('a database of an older version is left as it is, and what would be applied is told', async () => {
    await makeOlder('gateway_ledger')
    const before = await history()
    expect(await findingsAbout('database', settingsOf(opened.settings))).toMatchObject([{ state: 'good' }])
    expect(await findingsAbout('tables', settingsOf(opened.settings))).toEqual([
      {
        about: 'tables',
        state: 'unsure',
        found: 'those of an older version: when this one starts, it applies 0006_gateway_ledger',
        fix: expect.stringContaining('Back the database up'),
      },
    ])
    expect(await history()).toEqual(before)
  })

  test('an empty database stays empty, and that is no failure', async () => {
    const all = await examineDatabase(settingsOf(opened.settings))
    expect(all.slice(0, 2)).toMatchObject([
      { about: 'database', state: 'good', found: expect.stringMatching(/^0 keys/) },
      { about: 'tables', state: 'good', found: expect.stringMatching(/^none yet/) },
    ])
    await expect(history()).rejects.toThrow(/has no such table/)
  })

  test('a gateway that is not to migrate is not well on an older database', async () => {
    await makeOlder('gateway_ledger')
    const settings = settingsOf({ ...opened.settings, mayMigrate: false })
    expect(await findingsAbout('tables', settings)).toMatchObject([
      { state: 'bad', found: expect.stringContaining('0006_gateway_ledger') },
    ])
  })

  test.each([
    [
      'of before the first release',
      `update gateway_migrations set name = '0003_gateway_requests' where name = '0003_gateway_usage'`,
    ],
    ['with a gap', `delete from gateway_migrations where name = '0002_gateway_responses'`],
  ])('a history %s is told of in a sentence', async (_, damage) => {
    await makeOlder('gateway_ledger')
    await runAll(opened.database, damage)
    const [found] = await findingsAbout('database', settingsOf(opened.settings))
    expect(found).toMatchObject({ state: 'bad', found: expect.stringMatching(/^The history .* none that a released/) })
    await expect(openDatabaseAgain().migrate()).rejects.toMatchObject({ code: 'CORRUPT_MIGRATIONS' })
  })

  test('permissions that name no service are told of, and only those that resemble one are shown', async () => {
    await runAll(
      opened.database,
      'CREATE TABLE api_tokens (id INTEGER, token VARCHAR(80), allowed VARCHAR(80))',
      `INSERT INTO api_tokens VALUES (1, 'one', 'Gemma4'), (2, 'two', '["gemma4"]'), (3, 'three', '*'),
        (4, 'four', 'hidden-word'), (5, 'five', 'gemma4')`,
    )
    const table: AdoptedTable = {
      ...plainTable,
      columns: { token: 'token', id: 'id' },
      permissions: { from: 'csv', column: 'allowed', separator: ',' },
    }
    const [found, ...others] = await findingsAbout('keys', settingsOf(opened.settings, table))
    expect(others).toEqual([])
    expect(found).toMatchObject({ state: 'unsure', fix: expect.stringContaining('services are gemma4') })
    expect(found?.found).toMatch(
      /^4 keys of api_tokens .*\(1, 2, 3, …\).*Gemma4 for gemma4, \["gemma4"\] for gemma4, \*/,
    )
    expect(found?.found).not.toContain('hidden-word')
  })
})

function openDatabaseAgain() {
  const database = openDatabase(opened.settings)
  onTestFinished(() => database.close())
  return database
}

describe('commands that only look', () => {
  beforeEach(async () => {
    opened = await openTestDatabase('sqlite')
  })
  afterEach(() => opened.remove())

  const run = (...args: string[]) => {
    const environment = { GATEWAY_DATABASE_URL: `sqlite:${'path' in opened.settings ? opened.settings.path : ''}` }
    return kept.run(args, { folder: folder.path, environment })
  }

  test('leave an older database as it is, and read what it has', async () => {
    await makeOlder('gateway_ledger')
    const before = await history()
    await sql`insert into gateway_keys (id, name, key_hash, key_hint, created_at) values ('key_1', 'anna', 'x', 'x', 1)`.execute(
      opened.database.kysely,
    )
    const looks = [['keys', 'list'], ['keys', 'show', 'key_1'], ['audit'], ['usage'], ['ledger', 'verify'], ['doctor']]
    const results = await Promise.all(looks.map((args) => run(...args)))
    expect(results.slice(0, 5).map(({ code, stderr }) => [code, stderr.replace(/^The database is .*\n/, '')])).toEqual(
      Array(5).fill([0, '']),
    )
    expect(results[0]?.stdout).toContain('anna')
    expect(await history()).toEqual(before)
    expect((await run('ledger', 'adopt')).code).toBe(0)
    expect(await history()).toContain('0006_gateway_ledger')
  })

  test('say of a table that an older database does not have yet, that it has to be migrated', async () => {
    await makeOlder('gateway_ledger', 'gateway_key_defaults', 'gateway_usage_totals')
    const before = await history()
    const looks = [['keys', 'list'], ['usage'], ['ledger', 'verify']]
    for (const { code, stderr } of await Promise.all(looks.map((args) => run(...args)))) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/has not been migrated to this version yet .*0005_gateway_usage_totals.*start the gateway/)
    }
    expect(await history()).toEqual(before)
  })

  test('make no database file where there is none', async () => {
    const path = join(folder.path, 'nowhere', 'gateway.db')
    const found = await examineDatabase(settingsOf({ kind: 'sqlite', path }))
    expect(found).toMatchObject([{ about: 'database', state: 'good', found: expect.stringContaining('none yet') }])
    expect(existsSync(join(folder.path, 'nowhere'))).toBe(false)
    writeFileSync(join(folder.path, 'file'), '')
    const [blocked] = await examineDatabase(
      settingsOf({ kind: 'sqlite', path: join(folder.path, 'file', 'gateway.db') }),
    )
    expect(blocked).toMatchObject({ state: 'bad', found: expect.stringContaining('SQLITE_CANTOPEN') })
  })
})

describe('a user of MySQL', () => {
  beforeEach(async () => {
    opened = await openTestDatabase('mysql')
  })
  afterEach(() => opened.remove())

  /** Rights on the whole database, or on tables. */
  async function userWith(...grants: (readonly [rights: string, table: string])[]) {
    if (opened.settings.kind !== 'mysql') throw new Error('This is about MySQL.')
    const { database, host, port } = opened.settings
    const user = `${database.slice(-12)}_rw`
    await runAll(
      opened.database,
      `CREATE USER '${user}'@'%' IDENTIFIED BY 'restricted'`,
      ...grants.map(([rights, table]) => `GRANT ${rights} ON \`${database}\`.${table} TO '${user}'@'%'`),
    )
    const { database: by } = opened
    const settings = { kind: 'mysql', host, port, user, password: 'restricted', database } as const
    return { settings, drop: () => runAll(by, `DROP USER '${user}'@'%'`) }
  }

  test('who may only read somebody else’s table is told what is missing for the gateway’s own', async () => {
    await runAll(opened.database, 'CREATE TABLE api_tokens (token VARCHAR(80))', `INSERT INTO api_tokens VALUES ('a')`)
    const { settings, drop } = await userWith(['SELECT', 'api_tokens'])
    const found = await examineDatabase(settingsOf(settings, plainTable))
    expect(found.slice(0, 2)).toMatchObject([
      { about: 'database', state: 'good', found: expect.stringMatching(/^1 keys/) },
      {
        about: 'tables',
        state: 'bad',
        found: expect.stringContaining('refuses the user SELECT on gateway_migrations (ER_TABLEACCESS_DENIED_ERROR'),
        fix: expect.stringContaining('GRANT SELECT ON gateway_migrations'),
      },
    ])
    const url = `mysql://${settings.user}:restricted@${settings.host}:${settings.port}/${settings.database}`
    const usage = await runCli(['usage'], { folder: folder.path, environment: { GATEWAY_DATABASE_URL: url } })
    expect(usage.stderr).toMatch(/refuses the user SELECT on gateway_migrations .* GRANT SELECT ON gateway_migrations/)
    await drop()
  })

  test('who may not make tables or may not write them is told which right on which table', async () => {
    const { settings, drop } = await userWith(['SELECT', '*'])
    const [unmade] = await findingsAbout('tables', settingsOf(settings))
    expect(unmade).toMatchObject({ state: 'bad', fix: expect.stringMatching(/^GRANT CREATE, SELECT, INSERT/) })
    expect(unmade?.found).toContain('INSERT, UPDATE, CREATE on gateway_keys')
    await opened.database.migrate()
    const [unwritten] = await findingsAbout('tables', settingsOf(settings))
    expect(unwritten?.found).toContain('INSERT, UPDATE on gateway_keys; INSERT, DELETE on gateway_key_terms')
    await drop()
  })

  test('who has the rights that the documents name is well, and can make the tables and use them', async () => {
    const { settings, drop } = await userWith(['CREATE, SELECT, INSERT, UPDATE, DELETE', '*'])
    expect(await findingsAbout('tables', settingsOf(settings))).toMatchObject([{ state: 'good' }])
    await expect(history()).rejects.toThrow(/has no such table/)
    const database = openDatabase(settings)
    await database.migrate()
    await database.close()
    expect(await findingsAbout('tables', settingsOf(settings))).toMatchObject([{ state: 'good', found: 'up to date' }])
    await drop()
  })

  test('who has of each table the rights that are looked for can manage keys once the tables are made', async () => {
    await opened.database.migrate()
    const grants = Object.entries(ownTables).map(([table, { rights }]) => [rights.join(), table] as const)
    const { settings, drop } = await userWith(...grants, ['SELECT', Object.keys(migrationTables)[0] ?? ''])
    expect(await findingsAbout('tables', settingsOf(settings))).toMatchObject([{ state: 'good' }])
    const database = openDatabase(settings)
    const { keyAdmin } = openKeyAdmin(database, null)
    const { id } = await keyAdmin.create(
      { name: 'anna', defaults: { max_tokens: 5, reasoning_fields: 'none' } },
      localOwner,
    )
    await keyAdmin.update(id, { name: 'bob', notes: 'again' }, localOwner)
    await keyAdmin.rotate(id, { overlap_seconds: 60 }, localOwner)
    await keyAdmin.rotate(id, { overlap_seconds: 0 }, localOwner)
    await keyAdmin.revoke(id, localOwner)
    expect((await keyAdmin.audit({ limit: 10 })).data.length).toBeGreaterThan(4)
    await addEntries(database, [usageRowOf({ started_at: 1 }), usageRowOf({ started_at: 2 })])
    await removeOld(database, Date.now())
    await nameLedger(database)
    const records = createRecordTable(database, 10, Date.now)
    const record = { owner: 'o', text: '{}', bytes: 6, createdAtMs: 1, expiresAtMs: Date.now() + 60_000 }
    for (const id of ['a', 'a', 'b']) await records.save({ ...record, id })
    await database.close()
    await drop()
  })
})

test('a low limit of open files is told of', () => {
  expect(examineOpenFiles(256)).toMatchObject([{ state: 'unsure', found: expect.stringContaining('256') }])
  expect(examineOpenFiles(1024)).toEqual([])
  expect(examineOpenFiles(undefined)).toEqual(examineOpenFiles())
})
