import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTemporaryFolder } from '../../src/speech/temporary-file.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { openFolder } from './temporary-folder.ts'

test('a file has no name, and all that was written to it', async () => {
  const { folder, path } = openFolder()
  const file = await folder.create()
  await file.append(Buffer.from('Hello, '))
  await file.append(Buffer.from('world'))
  expect(readdirSync(path)).toEqual([])
  expect(file.bytes).toBe(12)
  expect((await file.read(7, 100)).toString()).toBe('world')
  expect((await file.read(100, 5)).length).toBe(0)
  await file.overwrite(Buffer.from('J'), 0)
  for (let round = 0; round < 2; round++) {
    const pieces: Buffer[] = []
    for await (const piece of file.pieces()) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe('Jello, world')
  }
  await file.discard()
  await file.discard()
  await expect(file.read(0, 1)).rejects.toThrow()
})

test('a large file comes in pieces', async () => {
  const { folder } = openFolder()
  const file = await folder.create()
  const bytes = Buffer.alloc(1_000_000, 7)
  await file.append(bytes)
  const pieces: Buffer[] = []
  for await (const piece of file.pieces()) pieces.push(piece)
  expect(pieces.length).toBeGreaterThan(3)
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  await file.discard()
})

test('the folder is for nobody else, and is made with its first file', async () => {
  const { folder, path } = openFolder()
  expect(() => statSync(path)).toThrow()
  await (await folder.create()).discard()
  expect(statSync(path).mode & 0o777).toBe(0o700)
})

test('what a crash left is swept, and nothing else', async () => {
  const { path } = openFolder()
  mkdirSync(path)
  writeFileSync(join(path, 'upload-left'), 'x')
  writeFileSync(join(path, 'of-somebody-else'), 'x')
  await (await createTemporaryFolder(path).create()).discard()
  expect(readdirSync(path)).toEqual(['of-somebody-else'])
})

test('a folder that cannot be made is no upload, and is tried again', async () => {
  const { path } = openFolder()
  writeFileSync(path, 'a file is in the way')
  const folder = createTemporaryFolder(join(path, 'below'))
  await expect(folder.create()).rejects.toMatchObject({ kind: 'overloaded' })
  rmSync(path)
  await (await folder.create()).discard()
})

test('a full disk is told as such, and gets back what was on it', async (context) => {
  const disk = mountSmallDisk(64)
  if (disk === undefined) return context.skip()
  onTestFinished(() => disk.remove())
  const folder = createTemporaryFolder(join(disk.path, 'uploads'))
  const file = await folder.create()
  const tooMuch = { kind: 'overloaded', message: 'There is no room for uploads right now. Please try again later.' }
  await expect(file.append(Buffer.alloc(100_000))).rejects.toMatchObject(tooMuch)
  await file.discard()
  const other = await folder.create()
  await other.append(Buffer.alloc(10_000))
  await other.discard()
})

test('there are only so many at once', async () => {
  const { path } = openFolder()
  const folder = createTemporaryFolder(path, 2)
  const [first, second] = await Promise.all([folder.create(), folder.create()])
  await expect(folder.create()).rejects.toMatchObject({ kind: 'overloaded' })
  await first.discard()
  await first.discard()
  const third = await folder.create()
  await expect(folder.create()).rejects.toMatchObject({ kind: 'overloaded' })
  for (const file of [second, third]) await file.discard()
})
