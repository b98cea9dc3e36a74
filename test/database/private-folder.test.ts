import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makePrivateFolder } from '../../src/database/private-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a folder and those above it are made for this user alone, and left alone where they are', () => {
  makePrivateFolder(join(folder, 'one', 'two'))
  makePrivateFolder(join(folder, 'one', 'two'))
  for (const path of ['one', 'one/two']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700)
})

test('a file in its place, or in the place of one above it, is said to be there', () => {
  writeFileSync(join(folder, 'file'), '')
  for (const path of ['file', 'file/below']) expect(() => makePrivateFolder(join(folder, path))).toThrow('EEXIST')
})

test.runIf(existsSync('/proc/self'))('where no folder can be made, that is said at once', () => {
  expect(() => makePrivateFolder('/proc/here/below')).toThrow('ENOENT')
})
