import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

test('creates its folder and its files for this user alone', async () => {
  const path = join(folder, 'new', 'deep', 'gateway.db')
  const database = openDatabase({ kind: 'sqlite', path })
  await database.migrate()
  expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600])
  expect(modeOf(join(folder, 'new'))).toBe(0o700)
  await database.close()
})

test('says that a file is no database', () => {
  const path = join(folder, 'letter.txt')
  writeFileSync(path, 'Dear database, '.repeat(100))
  expect(() => openDatabase({ kind: 'sqlite', path })).toThrow(/no SQLite database \(SQLITE_NOTADB/)
})

test('says that a file cannot be had', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => openDatabase({ kind: 'sqlite', path: join(folder, 'file', 'gateway.db') })).toThrow(
    /folder cannot be made/,
  )
})

test('closes a file that was never used', async () => {
  const database = openDatabase({ kind: 'sqlite', path: join(folder, 'gateway.db') })
  await database.close()
  await expect(database.migrate()).rejects.toThrow()
})

test('reads while another process writes, and sees nothing half done', async () => {
  const path = join(folder, 'gateway.db')
  const database = openDatabase({ kind: 'sqlite', path })
  await sql`create table t (a integer)`.execute(database.kysely)
  const other = new DatabaseSync(path)
  other.exec('begin immediate; insert into t values (1)')
  expect((await sql`select a from t`.execute(database.kysely)).rows).toEqual([])
  other.exec('commit')
  expect((await sql`select a from t`.execute(database.kysely)).rows).toEqual([{ a: 1 }])
  other.close()
  await database.close()
})

test('reads integers beyond 2^53 exactly, and others as numbers', async () => {
  const database = openDatabase({ kind: 'sqlite', path: join(folder, 'gateway.db') })
  const { rows } = await sql`select 9007199254740993 as big, 7 as small, 1.5 as real`.execute(database.kysely)
  expect(rows).toEqual([{ big: 9007199254740993n, small: 7, real: 1.5 }])
  await database.close()
})
