import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { adoptEntries } from '../../src/usage/adopt-entries.ts'
import { nameLedger, readLedgerId } from '../../src/usage/ledger-id.ts'
import { openSpoolFile } from '../../src/usage/spool-file.ts'
import { openSpoolReader, type SpoolReader } from '../../src/usage/spool-reader.ts'
import { reportSpool } from '../../src/usage/spool-report.ts'
import { databaseKinds, openTestDatabase } from '../database/test-databases.ts'
import { until } from '../gateway/until.ts'
import { type LedgerRigOptions, startLedger } from './ledger-rig.ts'

let spoolFolder: string
beforeEach(() => {
  spoolFolder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  onTestFinished(() => rmSync(spoolFolder, { recursive: true }))
})

/** A gateway's ledger in the one data folder, with the database of this name. */
function startWith(name: string, more: LedgerRigOptions = {}) {
  return startLedger({ spoolFolder, databasePath: join(spoolFolder, `${name}.db`), name, ...more })
}

async function endSome(ledger: ReturnType<typeof startLedger>, count: number): Promise<void> {
  for (let time = 0; time < count; time++) await ledger.end()
}

async function hasShipped(ledger: ReturnType<typeof startLedger>, ids: readonly string[]): Promise<void> {
  await until(async () => (await ledger.shipped()).length >= ids.length)
  expect((await ledger.shipped()).toSorted()).toEqual(ids)
}

/** A first run, which the database heard of, and a second whose entries wait. */
async function leaveTwoWaiting(): Promise<void> {
  const first = startWith('own')
  await first.end()
  await hasShipped(first, ['own_000000'])
  await first.close()
  const second = startWith('own', { isShipping: false, name: 'own_later' })
  await endSome(second, 2)
  await second.close()
}
const own = ['own_000000', 'own_later_000000', 'own_later_000001']

test('what waits for one database never goes to another, and that one’s entries are not held up', async () => {
  await leaveTwoWaiting()
  const other = startWith('other')
  await endSome(other, 3)
  await hasShipped(other, ['other_000000', 'other_000001', 'other_000002'])
  expect(other.told).toMatchObject([{ level: 'warn', count: 2 }])
  await other.close()
  const back = startWith('own')
  await hasShipped(back, own)
  expect(back.told).toEqual([])
})

test('a database is the same one at another address', async () => {
  await leaveTwoWaiting()
  renameSync(join(spoolFolder, 'own.db'), join(spoolFolder, 'moved.db'))
  await hasShipped(startWith('moved'), own)
})

test('gateways with two databases can use one data folder at a time, from the first entry on', async () => {
  const [one, other] = [startWith('one'), startWith('other')]
  for (let time = 0; time < 20; time++) await Promise.all([one.end(), other.end()])
  await until(async () => (await one.shipped()).length >= 20 && (await other.shipped()).length >= 20)
  expect((await one.shipped()).every((id) => id.startsWith('one_'))).toBe(true)
  expect((await other.shipped()).every((id) => id.startsWith('other_'))).toBe(true)
  const nowhere = { id: undefined, address: 'nowhere' }
  await until(() => reportSpool(one.spoolPath, nowhere)?.elsewhere === 0)
})

test('what waits for another database can be given to this one, also while a gateway runs', async () => {
  await leaveTwoWaiting()
  rmSync(join(spoolFolder, 'own.db'))
  const next = startWith('next')
  await endSome(next, 4)
  const nextIds = ['next_000000', 'next_000001', 'next_000002', 'next_000003']
  await hasShipped(next, nextIds)
  const place = { id: await nameLedger(next.database), address: next.database.location }
  expect(reportSpool(next.spoolPath, place)).toMatchObject({ elsewhere: 2 })
  expect(await adoptEntries(next.spoolPath, place)).toBe(2)
  await hasShipped(next, [...nextIds, ...own.slice(1)])
  await until(() => reportSpool(next.spoolPath, place)?.waiting === 0)
  expect(await adoptEntries(next.spoolPath, place)).toBe(0)
})

test('many are given away in small steps, in their order, and each once', async () => {
  const path = join(spoolFolder, 'ledger-spool.db')
  const file = openSpoolFile(path, { process: 'one', address: 'one' })
  const ended = Array.from({ length: 1234 }, (_, index) => ({ id: `${index}`, entry: `${index}`, noted: false }))
  file.write({ notes: [], ended, refused: [], shippedTo: 0 })
  const adopting = adoptEntries(path, { id: 'other', address: 'two' })
  // Whoever writes meanwhile does so between two steps.
  const later = { id: 'later', entry: 'later', noted: false }
  file.write({ notes: [], ended: [later], refused: [], shippedTo: 0 })
  expect(await adopting).toBe(1235)
  const reader = openSpoolReader(path)
  const entries = reader.read({ id: 'other', address: 'two' }, 0, 10_000).map(({ entry }) => entry)
  expect(entries).toEqual([...ended.map(({ entry }) => entry), 'later'])
  reader.close()
  file.close()
})

test('what a first run wrote whose database was never reached waits for that database', async () => {
  const first = startWith('own', { isShipping: false })
  await endSome(first, 2)
  await first.close()
  const other = startWith('other')
  await other.end()
  await hasShipped(other, ['other_000000'])
  await other.close()
  await hasShipped(startWith('own', { name: 'more' }), ['own_000000', 'own_000001'])
})

test('a spool of an older version is shipped to the database that comes first', async () => {
  const path = join(spoolFolder, 'ledger-spool.db')
  const older = new DatabaseSync(path)
  older.exec(`
    CREATE TABLE ended (sequence INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
    CREATE TABLE running (id TEXT PRIMARY KEY, process TEXT NOT NULL, beat INTEGER NOT NULL, entry TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE refused (sequence INTEGER PRIMARY KEY, refused_at INTEGER NOT NULL, reason TEXT NOT NULL, entry TEXT NOT NULL);`)
  const entry = JSON.stringify({ id: 'req_older', started_at: Date.now(), key_id: 'k', key_name: 'k', service: 's' })
  older.prepare('INSERT INTO ended (entry) VALUES (?)').run(entry)
  expect(reportSpool(path, { id: undefined, address: path })).toEqual({
    waiting: 1,
    elsewhere: 0,
    refused: 0,
    running: 0,
  })
  expect(await adoptEntries(path, { id: 'any', address: path })).toBe(0)
  const newer = startWith('own')
  await newer.end()
  // The older gateway hands over, and ends its last request meanwhile.
  older.prepare('INSERT INTO ended (entry) VALUES (?)').run(entry.replace('req_older', 'req_older_too'))
  older.close()
  await hasShipped(newer, ['own_000000', 'req_older', 'req_older_too'])
})

test('what one writes before its database is reached is not removed by another that has the same database', async () => {
  const path = join(spoolFolder, 'ledger-spool.db')
  const nothing = { notes: [], ended: [], refused: [], shippedTo: 0 }
  const one = openSpoolFile(path, { process: 'one', address: 'one' })
  one.belongTo('ledger')
  const two = openSpoolFile(path, { process: 'two', address: 'two' })
  two.write({ ...nothing, ended: [{ id: 'req_two', entry: '"two"', noted: false }] })
  one.write({ ...nothing, ended: [{ id: 'req_one', entry: '"one"', noted: false }] })
  const [readerOne, readerTwo, readerThree] = [openSpoolReader(path), openSpoolReader(path), openSpoolReader(path)]
  const entriesOf = (reader: SpoolReader, address: string) =>
    reader.read({ id: 'ledger', address }, 0, 100).map(({ entry }) => entry)
  await readerOne.know({ id: 'ledger', address: 'one' })
  const read = readerOne.read({ id: 'ledger', address: 'one' }, 0, 100)
  expect(read.map(({ entry }) => entry)).toEqual(['"one"'])
  await readerTwo.know({ id: 'ledger', address: 'two' })
  one.write({ ...nothing, shippedTo: read.at(-1)?.sequence ?? 0 })
  expect(entriesOf(readerTwo, 'two')).toEqual(['"two"'])
  // One that comes later, by a third address, has what was left behind.
  await readerThree.know({ id: 'ledger', address: 'three' })
  expect(entriesOf(readerThree, 'three')).toEqual(['"two"'])
  for (const open of [one, two, readerOne, readerTwo, readerThree]) open.close()
})

test('a request that a crash cut off stays with the database that its gateway had', () => {
  const path = join(spoolFolder, 'ledger-spool.db')
  const nothing = { notes: [], ended: [], refused: [], shippedTo: 0 }
  const crashed = openSpoolFile(path, { process: 'one', address: 'one' })
  crashed.belongTo('ledger-one')
  crashed.write({ ...nothing, notes: [{ id: 'req_1', entry: '{}' }] })
  crashed.close()
  const next = openSpoolFile(path, { process: 'two', address: 'two' })
  next.belongTo('ledger-two')
  for (const note of next.foreignNotes()) next.endForeign(note)
  next.close()
  expect(reportSpool(path, { id: 'ledger-one', address: 'one' })).toEqual({
    waiting: 1,
    elsewhere: 0,
    refused: 0,
    running: 0,
  })
  expect(reportSpool(path, { id: 'ledger-two', address: 'two' })).toEqual({
    waiting: 0,
    elsewhere: 1,
    refused: 0,
    running: 0,
  })
})

describe.each(databaseKinds)('the ledger in %s', (kind) => {
  test('has one name, whoever asks first, and by every connection', async () => {
    const { database, settings, remove } = await openTestDatabase(kind)
    onTestFinished(remove)
    await database.migrate()
    expect(await readLedgerId(database)).toBeUndefined()
    const another = openDatabase(settings)
    onTestFinished(() => another.close())
    const names = await Promise.all([database, another, database, another].map(nameLedger))
    expect(new Set([...names, await readLedgerId(another)]).size).toBe(1)
  })
})
