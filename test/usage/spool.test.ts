import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openOrReplace } from '../../src/usage/open-spool.ts'
import { createSpool, type SpoolParts } from '../../src/usage/spool.ts'
import { openSpoolFile, type SpoolFile } from '../../src/usage/spool-file.ts'
import { openSpoolReader } from '../../src/usage/spool-reader.ts'
import { reportSpool } from '../../src/usage/spool-report.ts'
import { createWalSync } from '../../src/usage/wal-sync.ts'
import { until } from '../gateway/until.ts'
import { ownerOf, unreached } from './spool-owner.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-spool-'))
  path = join(folder, 'deep', 'spool.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const held = (id: string) => ({ id, entry: { id, started_at: 1 }, noted: false })

function idsIn(file: string): string[] {
  const reader = openSpoolReader(file)
  const ids = reader.read(unreached, 0, 1_000_000).map(({ entry }) => JSON.parse(entry).id)
  reader.close()
  return ids
}

function spoolAt(rest: Partial<SpoolParts> = {}) {
  const told: string[] = []
  const log = {
    info: (_: object, text: string) => told.push(text),
    error: (_: object, text: string) => told.push(text),
  }
  return { spool: createSpool({ open: () => openSpoolFile(path, ownerOf('a')), log, retryMs: 5, ...rest }), told }
}

describe('the spool', () => {
  test('has what it acknowledged, for any other process to see', async () => {
    const { spool } = spoolAt()
    await Promise.all([spool.end(held('one')), spool.end(held('two'))])
    expect(idsIn(path)).toEqual(['one', 'two'])
    spool.close()
  })

  test('is made for this user alone', () => {
    const { spool } = spoolAt()
    for (const file of readdirSync(join(folder, 'deep'))) {
      expect(statSync(join(folder, 'deep', file)).mode & 0o777).toBe(0o600)
    }
    spool.close()
  })

  test('writes what comes in one turn of the event loop in one transaction', async () => {
    let writes = 0
    const counting = (file: SpoolFile): SpoolFile => ({
      ...file,
      write(changes) {
        writes++
        file.write(changes)
      },
    })
    const { spool } = spoolAt({ open: () => counting(openSpoolFile(path, ownerOf('a'))) })
    const ids = Array.from({ length: 100 }, (_, index) => `${index}`)
    await Promise.all(ids.map((id) => spool.end(held(id))))
    expect(writes).toBe(1)
    expect(idsIn(path)).toEqual(ids)
    spool.close()
  })

  test('has an entry that comes alone on record at once, unless somebody waits already', async () => {
    const { spool } = spoolAt()
    expect(spool.end(held('one'), true)).toBeUndefined()
    expect(idsIn(path)).toEqual(['one'])
    const second = spool.end(held('two'))
    const third = spool.end(held('three'), true)
    expect(idsIn(path)).toEqual(['one'])
    await Promise.all([second, third])
    expect(idsIn(path)).toEqual(['one', 'two', 'three'])
    spool.close()
  })

  test('writes nothing in a pause, and all of it when it goes on', async () => {
    const { spool } = spoolAt({ pauseMaxMs: 60_000 })
    const before = spool.end(held('before'))
    spool.pause()
    let ended = 0
    const waiting = [before, spool.end(held('two')), spool.end(held('alone'), true)].map((written) =>
      Promise.resolve(written).then(() => ended++),
    )
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
    expect([ended, idsIn(path)]).toEqual([0, []])
    spool.goOn()
    expect(idsIn(path)).toEqual(['before', 'two', 'alone'])
    await Promise.all(waiting)
    expect(spool.end(held('next'), true)).toBeUndefined()
    spool.pause()
    expect(spool.end(held('alone in a pause'), true)).toBeInstanceOf(Promise)
    expect(idsIn(path)).not.toContain('alone in a pause')
    spool.close()
  })

  test('goes on by itself where nobody tells it to', async () => {
    const { spool } = spoolAt({ pauseMaxMs: 10 })
    spool.pause()
    await spool.end(held('one'))
    expect(idsIn(path)).toEqual(['one'])
    spool.close()
  })

  test('writes what fell into a pause before it closes', async () => {
    const { spool } = spoolAt({ pauseMaxMs: 60_000 })
    spool.pause()
    const written = spool.end(held('one'))
    spool.close()
    expect(idsIn(path)).toEqual(['one'])
    await written
  })

  test('never gives a sequence twice, also when it was empty', async () => {
    const { spool } = spoolAt()
    await spool.end(held('one'))
    spool.removeTo(1)
    await spool.end(held('two'))
    spool.removeTo(1)
    await spool.end(held('three'))
    expect(idsIn(path)).toEqual(['two', 'three'])
    spool.close()
  })

  test('keeps an entry that the database refused, with its reason', async () => {
    const { spool } = spoolAt()
    await Promise.all([spool.end(held('good')), spool.end(held('bad'))])
    spool.refuse({ sequence: 2, reason: 'ER_ODD' })
    spool.removeTo(2)
    await spool.end(held('next'))
    expect(reportSpool(path, unreached)).toEqual({ waiting: 1, elsewhere: 0, refused: 1, running: 0 })
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT reason, entry FROM refused').all()).toEqual([
      { reason: 'ER_ODD', entry: JSON.stringify(held('bad').entry) },
    ])
    database.close()
    spool.close()
  })

  test('is written through to the disk before an end is acknowledged, where that is wanted', async () => {
    let synced = 0
    const walSync = createWalSync(path, (thrown) => {
      throw thrown
    })
    const { spool } = spoolAt({ sync: () => walSync().then(() => void synced++) })
    await Promise.all([spool.end(held('one')), spool.end(held('two'))])
    expect(synced).toBe(1)
    spool.close()
  })
})

describe('a spool that cannot be written', () => {
  function failing(heldMax?: number) {
    let isFull = false
    const guarded = (file: SpoolFile): SpoolFile => ({
      ...file,
      write(changes) {
        if (isFull) throw Object.assign(new Error('disk full'), { errcode: 13 })
        file.write(changes)
      },
    })
    const open = () => guarded(openSpoolFile(path, ownerOf('a')))
    const made = spoolAt(heldMax === undefined ? { open } : { open, heldMax })
    const fill = (full: boolean) => {
      isFull = full
    }
    return { ...made, fill }
  }

  test('holds up no answer, keeps entries in memory, and has them all when it can be written again', async () => {
    const { spool, told, fill } = failing()
    await spool.end(held('before'))
    fill(true)
    for (let index = 0; index < 50; index++) await spool.end(held(`during-${index}`))
    expect(spool.state).toEqual({ trouble: 'SQLITE_FULL', held: 50, lost: 0 })
    fill(false)
    await until(() => spool.state.trouble === undefined)
    await spool.end(held('after'))
    expect(idsIn(path)).toHaveLength(52)
    expect(new Set(idsIn(path)).size).toBe(52)
    expect(told).toHaveLength(2)
    spool.close()
  })

  test('says how many entries found no room in memory either', async () => {
    const { spool, told, fill } = failing(10)
    fill(true)
    for (let index = 0; index < 25; index++) await spool.end(held(`${index}`))
    expect(spool.state).toMatchObject({ held: 10, lost: 15 })
    expect(told.filter((text) => text.includes('are lost'))).toHaveLength(1)
    fill(false)
    await until(() => spool.state.trouble === undefined)
    expect(idsIn(path)).toHaveLength(10)
    spool.close()
  })

  test('gives back what it could not write when it has to end', async () => {
    const { spool, fill } = failing()
    await spool.end(held('written'))
    fill(true)
    await spool.end(held('one'))
    expect(spool.close()).toEqual([held('one').entry])
  })
})

describe('a spool that is damaged', () => {
  test('is put aside, so that the gateway starts', () => {
    mkdirSync(join(folder, 'deep'))
    writeFileSync(path, 'This is no database at all. '.repeat(500))
    const replaced: string[] = []
    const file = openOrReplace(path, ownerOf('a'), (aside) => replaced.push(aside))
    expect(reportSpool(path, unreached)).toEqual({ waiting: 0, elsewhere: 0, refused: 0, running: 0 })
    expect(replaced.map(existsSync)).toEqual([true])
    file.close()
  })

  test.each([
    ['other columns', 'CREATE TABLE ended (x INTEGER)'],
    ['a view', 'CREATE TABLE a (sequence, entry); CREATE VIEW ended AS SELECT * FROM a'],
    ['an index', 'CREATE TABLE a (b); CREATE INDEX running ON a (b)'],
  ])("is one with somebody else's tables too, such as %s", async (_what, schema) => {
    mkdirSync(join(folder, 'deep'))
    const strange = new DatabaseSync(path)
    strange.exec(schema)
    strange.close()
    const replaced: string[] = []
    const { spool, told } = spoolAt({ open: () => openOrReplace(path, ownerOf('a'), (aside) => replaced.push(aside)) })
    await spool.end(held('one'))
    expect([spool.state.trouble, told]).toEqual([undefined, []])
    expect(replaced.map(existsSync)).toEqual([true])
    spool.close()
    expect(idsIn(path)).toEqual(['one'])
  })

  test('takes nothing of the one in its place along that was shipped or refused of the old one', async () => {
    const open = (onReplaced: () => void) => openOrReplace(path, ownerOf('a'), onReplaced)
    const { spool } = spoolAt({ open })
    for (let index = 0; index < 5; index++) await spool.end(held(`old-${index}`))
    for (const part of ['', '-wal', '-shm']) writeFileSync(path + part, 'x'.repeat(65_536))
    spool.refuse({ sequence: 1, reason: 'ER_ODD' })
    spool.removeTo(5)
    await Promise.all([spool.end(held('one')), spool.end(held('two'))])
    await until(() => spool.state.trouble === undefined)
    expect(reportSpool(path, unreached)).toEqual({ waiting: 2, elsewhere: 0, refused: 0, running: 0 })
    expect(idsIn(path)).toEqual(['one', 'two'])
    spool.close()
  })

  test('at its end has everything before the damage, wherever that is', async () => {
    const { spool } = spoolAt()
    for (let index = 0; index < 40; index++) await spool.end(held(`${index}`))
    const length = statSync(`${path}-wal`).size
    for (let cut = 0; cut <= length; cut += 997) {
      const copy = join(folder, `cut-${cut}.db`)
      cpSync(path, copy)
      cpSync(`${path}-wal`, `${copy}-wal`)
      truncateSync(`${copy}-wal`, cut)
      const file = openOrReplace(copy, ownerOf('b'), () => expect.unreachable())
      const found = idsIn(copy)
      expect(found).toEqual(Array.from({ length: found.length }, (_, index) => `${index}`))
      if (cut >= length - 997) expect(found.length).toBeGreaterThanOrEqual(38)
      file.close()
    }
    spool.close()
  })
})
