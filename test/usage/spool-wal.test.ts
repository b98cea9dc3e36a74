import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSpoolFile } from '../../src/usage/spool-file.ts'
import { reportSpool } from '../../src/usage/spool-report.ts'
import { openSpoolWal } from '../../src/usage/spool-wal.ts'
import { ownerOf, unreached } from './spool-owner.ts'
import { walSaltOf } from './wal-salt.ts'

const pagesMax = 60

function rig() {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const path = join(folder, 'spool.db')
  const file = openSpoolFile(path, ownerOf('a'))
  const wal = openSpoolWal(path, pagesMax)
  onTestFinished(() => {
    wal.close()
    file.close()
    rmSync(folder, { recursive: true })
  })
  let entries = 0
  function write(count: number): void {
    for (let more = 0; more < count; more++) {
      const ended = [{ id: `${entries}`, entry: JSON.stringify([entries++]), noted: false }]
      file.write({ notes: [], ended, refused: [], shippedTo: 0 })
    }
  }
  return { path, file, wal, write }
}

const sizeOf = (path: string) => statSync(`${path}-wal`).size

test('the log is never begun anew by a commit, however often it has been copied', () => {
  const { path, wal, write } = rig()
  write(1)
  wal.checkpoint()
  const before = walSaltOf(path)
  for (let round = 0; round < 10; round++) {
    wal.checkpoint()
    write(1)
    wal.checkpoint()
    // Nothing is new.
    wal.checkpoint()
  }
  expect(walSaltOf(path)).toBe(before)
})

test('what was copied is in the file without its log', () => {
  const { path, wal, write } = rig()
  write(2)
  wal.checkpoint()
  write(1)
  wal.checkpoint()
  expect(readFileSync(path).includes('[2]')).toBe(true)
})

test('it is told when it is long, begins anew where it is asked to, and grows no more', () => {
  const { path, wal, write } = rig()
  write(1)
  while (!wal.checkpoint()) {
    write(1)
    expect(sizeOf(path)).toBeLessThan((pagesMax + 10) * 4200)
  }
  // It has to be copied before it can begin anew.
  write(1)
  const before = { salt: walSaltOf(path), size: sizeOf(path) }
  wal.beginAnew()
  expect(walSaltOf(path)).toBe(before.salt + 1)
  for (let round = 0; round < 10; round++) {
    write(1)
    expect(wal.checkpoint()).toBe(false)
  }
  expect([walSaltOf(path), sizeOf(path)]).toEqual([before.salt + 1, before.size])
  expect(reportSpool(path, unreached)?.waiting).toBeGreaterThan(20)
})

test('a long log is held by nobody, so that of several who share it each can begin it anew', () => {
  const { path, wal, write } = rig()
  const another = openSpoolWal(path, pagesMax)
  onTestFinished(() => another.close())
  const areLong = () => [wal, another].every(({ checkpoint }) => checkpoint())
  do {
    write(1)
    expect(sizeOf(path)).toBeLessThan((pagesMax + 10) * 4200)
  } while (!areLong())
  const before = walSaltOf(path)
  wal.beginAnew()
  expect(walSaltOf(path)).toBe(before + 1)
  expect(areLong()).toBe(false)
})
