import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resolveSealSecret } from '../../src/keys/seal-secret.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-seal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a secret is made once, for this user alone, and found again', async () => {
  const [first, second] = await Promise.all([resolveSealSecret(folder), resolveSealSecret(folder)])
  expect(first).toHaveLength(32)
  expect(second).toEqual(first)
  expect(await resolveSealSecret(folder)).toEqual(first)
  const path = join(folder, 'seal-secret.txt')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).toBe(`${first.toString('hex')}\n`)
})

test('a file that holds something else is not taken for a secret', async () => {
  const path = join(folder, 'seal-secret.txt')
  writeFileSync(path, 'short')
  await expect(resolveSealSecret(folder)).rejects.toThrow(`${path} holds no secret`)
})
