import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { addEntries } from '../../src/usage/add-entries.ts'
import { openSpoolFile } from '../../src/usage/spool-file.ts'
import { type CliResult, runCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { hourMs, usageRowOf } from '../usage/usage-rows.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
const database = openDatabase({ kind: 'sqlite', path: join(folder.path, 'data', 'gateway.db') })
const hour = Math.floor(Date.now() / hourMs) * hourMs
const day = `${new Date(hour).toISOString().slice(0, 10)}T00:00:00.000Z`

beforeAll(async () => {
  await database.migrate()
  await addEntries(database, [
    usageRowOf({ started_at: hour, charge: 1_250_000 }),
    usageRowOf({ started_at: hour, charge: 1, service: 'qwen', outcome: 'abandoned' }),
    usageRowOf({ started_at: hour, charge: 0, key_id: 'key_2', key_name: 'Bob, "the" builder', end_user: '=cmd()' }),
    usageRowOf({ started_at: hour - 50 * 24 * hourMs, charge: 9_000_000 }),
  ])
})
afterAll(async () => {
  await kept.stop()
  await database.close()
  folder.remove()
})

function run(...args: string[]): Promise<CliResult> {
  return kept.run(args, { folder: folder.path })
}

/** As a process of its own. */
function runAlone(...args: string[]): Promise<CliResult> {
  return runCli(args, { folder: folder.path })
}

describe('usage', () => {
  test('tells the last thirty days by day, for people', async () => {
    const { code, stdout } = await runAlone('usage')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^DAY +REQUESTS +FAILED +ABANDONED +PROMPT TOKENS +COMPLETION TOKENS +CHARGE$/)
    expect(lines.slice(1).map((line) => line.split(/ +/))).toEqual([[day, '3', '0', '1', '30', '15', '1.250001']])
  })

  test('tells a longer time by service as JSON', async () => {
    const { stdout } = await runAlone('usage', '--by', 'service', '--since', '60d', '--json')
    const groups = JSON.parse(stdout)
    expect(groups).toMatchObject([
      { service: 'gemma4', requests: 3, charge: '10.25' },
      { service: 'qwen', requests: 1, charge: '0.000001' },
    ])
    expect(groups[0]).toHaveProperty('audio_seconds', 0)
  })

  test('tells one key alone, and keys by their names', async () => {
    const { stdout } = await run('usage', '--by', 'key', '--key', 'key_2', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ key_id: 'key_2', key_name: 'Bob, "the" builder', requests: 1 }])
  })

  test('tells a key by its name, one that is no more by its id, and that there is none', async () => {
    const { stdout: made } = await run('keys', 'create', '--name', 'carol', '--json')
    const { id } = JSON.parse(made)
    expect((await run('usage', '--of', 'carol')).stdout).toBe('Nothing has been used in this time.\n')
    expect((await run('usage', '--of', 'admin')).stdout).toBe('Nothing has been used in this time.\n')
    await addEntries(database, [usageRowOf({ started_at: hour - 45 * 24 * hourMs, key_id: id, key_name: 'carol' })])
    const byName = await run('usage', '--of', 'carol', '--since', '46d', '--until', '44d', '--by', 'key', '--json')
    expect(JSON.parse(byName.stdout)).toMatchObject([{ key_id: id, requests: 1 }])
    const missing = await run('usage', '--of', 'nosuch', '--json')
    const message = 'There is no key with the id or name nosuch.'
    expect([missing.code, JSON.parse(missing.stdout), missing.stderr]).toEqual([1, { ok: false, message }, ''])
    for (const args of [['--csv'], ['--service', 'gemma4']]) {
      const { code, stdout, stderr } = await run('usage', '--of', 'nosuch', ...args)
      expect([code, stdout, stderr]).toEqual([1, '', 'There is no key with the id or name nosuch.\n'])
    }
    const { code, stderr } = await run('audit', '--of', 'nosuch')
    expect([code, stderr]).toEqual([1, 'There is no key with the id or name nosuch.\n'])
  }, 30_000)

  test('tells a key that is no more by the name that its entries have, and by its id where several had the name', async () => {
    const { stdout } = await run('usage', '--of', 'Bob, "the" builder', '--by', 'key', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ key_id: 'key_2', requests: 1 }])
    const earlier = { started_at: hour - 60 * 24 * hourMs, key_name: 'twin' }
    const ids = ['row_1', 'row_2']
    await addEntries(
      database,
      ids.map((id) => usageRowOf({ ...earlier, key_id: id })),
    )
    const { code, stderr } = await run('usage', '--of', 'twin', '--since', '61d', '--until', '59d')
    expect([code, stderr]).toEqual([1, '2 keys had the name "twin"; say which by its id: row_1, row_2.\n'])
    const one = await run('usage', '--of', 'row_2', '--since', '61d', '--until', '59d', '--json')
    expect(JSON.parse(one.stdout)).toMatchObject([{ requests: 1 }])
    await sql`delete from gateway_usage where key_name = 'twin'`.execute(database.kysely)
    await sql`delete from gateway_usage_totals where key_name = 'twin'`.execute(database.kysely)
  }, 30_000)

  test('hints at the services that there are where one has no entries, and tells those that are no more', async () => {
    const nothing = await run('usage', '--service', 'gemma', '--json')
    expect(nothing).toEqual({ code: 0, stdout: '[]\n', stderr: 'No service is named gemma: there are gemma4.\n' })
    const former = await run('usage', '--service', 'qwen', '--json')
    expect([former.stderr, JSON.parse(former.stdout)]).toMatchObject(['', [{ requests: 1 }]])
  })

  test('is a CSV of nothing but its header where nothing has been used', async () => {
    for (const by of ['day', 'key', 'user']) {
      const [header] = (await run('usage', '--by', by, '--csv')).stdout.split('\n')
      const { stdout } = await run('usage', '--by', by, '--csv', '--since', '2020-01-01', '--until', '2020-02-01')
      expect(stdout).toBe(`${header}\n`)
      const [group] = JSON.parse((await run('usage', '--by', by, '--json')).stdout)
      expect(header).toBe(Object.keys(group).join(','))
    }
  }, 30_000)

  test('takes a time before 1970 for the beginning, and no end that is not after it', async () => {
    for (const since of ['99999d', '1960-01-01']) {
      const { stdout } = await run('usage', '--by', 'key', '--since', since, '--json')
      expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ key_id: 'key_1', requests: 3 }))
    }
    const { code, stderr } = await run('usage', '--since', '2027-01-02', '--until', '2027-01-01')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^--since: found a time that is not before --until/)])
  })

  test('is CSV that no spreadsheet takes for a formula', async () => {
    const byKey = (await run('usage', '--by', 'key', '--csv')).stdout.split('\n')
    expect(byKey[0]).toMatch(/^key_id,key_name,requests,/)
    expect(byKey[2]).toMatch(/^key_2,"Bob, ""the"" builder",1,/)
    expect((await run('usage', '--by', 'user', '--csv')).stdout).toMatch(/^'=cmd\(\),1,/m)
  })

  test('says that there is nothing, and what it cannot read', async () => {
    expect((await run('usage', '--since', '2020-01-01', '--until', '2020-02-01')).stdout).toMatch(/^Nothing/)
    expect((await runAlone('usage', '--since', 'yesterday')).code).toBe(2)
    expect((await run('usage', '--by', "day'; DROP TABLE gateway_usage")).code).toBe(2)
  })

  test('says in words that the database is away', async () => {
    const { code, stderr } = await runAlone('usage', '--database-url', 'mysql://u:hidden-word@127.0.0.1:1/none')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^The database cannot be reached \(ECONNREFUSED, -\d+\)\.\n$/),
    ])
  })
})

describe('ledger verify', () => {
  test('says that all is right', async () => {
    const { code, stdout } = await runAlone('ledger', 'verify')
    expect([code, stdout]).toEqual([0, '5 entries, and every total is the sum of them; 0 wait in the spool.\n'])
  })

  test('tells what waits in the spool, and fails for what the database refused', async () => {
    const spool = openSpoolFile(join(folder.path, 'data', 'ledger-spool.db'), {
      process: 'test',
      address: database.location,
    })
    const ended = ['one', 'two'].map((id) => ({ id, entry: `{"id":"${id}"}`, noted: false }))
    spool.write({ notes: [], ended, refused: [], shippedTo: 0 })
    expect((await run('ledger', 'verify')).stdout).toMatch(/2 wait in the spool/)
    spool.write({ notes: [], ended: [], refused: [{ sequence: 1, reason: 'ER_ODD' }], shippedTo: 2 })
    spool.close()
    const { code, stdout } = await run('ledger', 'verify', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, entries: 5, spool: { waiting: 0, refused: 1, running: 0 } })
  })

  test('tells of entries that wait for another database, which can be given to this one', async () => {
    expect((await run('ledger', 'adopt')).stdout).toBe('No entries of another database wait in the spool.\n')
    const spool = openSpoolFile(join(folder.path, 'data', 'ledger-spool.db'), {
      process: 'test',
      address: database.location,
    })
    const ended = [{ id: 'three', entry: '{"id":"three"}', noted: false }]
    spool.belongTo('another')
    spool.write({ notes: [], ended, refused: [], shippedTo: 0 })
    expect((await run('ledger', 'verify')).stdout).toMatch(/; 0 wait in the spool\.\n1 entries? .*`ledger adopt`/)
    const { code, stdout } = await runAlone('ledger', 'adopt', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([0, { adopted: 1 }])
    expect((await run('ledger', 'verify')).stdout).toMatch(/; 1 wait in the spool\.\n$/)
    spool.close()
  })

  test('says in a sentence that the spool is none', async () => {
    const spool = join(folder.path, 'data', 'ledger-spool.db')
    for (const part of ['', '-wal', '-shm']) rmSync(spool + part, { force: true })
    writeFileSync(spool, 'Dear database, '.repeat(100))
    const { code, stderr } = await run('ledger', 'verify')
    expect([code, stderr]).toEqual([1, `The spool of the ledger cannot be read (SQLITE_NOTADB): ${spool}.\n`])
    rmSync(spool)
  })

  test('finds a total that somebody changed, and an entry that somebody removed', async () => {
    await sql`update gateway_usage_totals set prompt_tokens = 0 where span = 'day' and service = 'qwen'`.execute(
      database.kysely,
    )
    await sql`delete from gateway_usage where key_id = 'key_2'`.execute(database.kysely)
    const { code, stdout } = await runAlone('ledger', 'verify')
    expect(code).toBe(1)
    expect(stdout).toMatch(/the day .* of the key key_1 at qwen misses 0 requests/)
    expect(stdout).toMatch(/the hour .* of the key key_2 at gemma4 misses -1 requests/)
  })
})

test('usage tells the seconds of audio where there are any', async () => {
  await addEntries(database, [
    usageRowOf({ started_at: hour, service: 'whisper', charge: 0, key_id: 'key_3', audio_ms: 4500 }),
  ])
  const lines = (await run('usage', '--of', 'key_3')).stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/COMPLETION TOKENS +AUDIO SECONDS +CHARGE$/)
  expect(lines[1]?.split(/ +/).slice(-2)).toEqual(['4.5', '0'])
})

test('both commands are in the help', async () => {
  expect((await runAlone('--help')).stdout).toMatch(/usage[\s\S]*ledger/)
})
