import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey, hashKey } from './key-format.ts'
import { codeOf, createPrivateFile, DamagedFileError } from './private-file.ts'

export interface AdminKey {
  /** SHA-256 in lower-case hexadecimal. */
  readonly hash: string
  /** The key itself where it was made just now: to be shown once, and kept nowhere. */
  readonly generated: string | null
  /** Forgets a key that was made just now, because it could not be shown: the next start makes another. */
  discardGenerated(): Promise<void>
}

interface AdminKeySource {
  /** The key that the operator has set. */
  readonly given: string | null
  readonly dataDir: string
}

/** The key that may do everything: the one that was set, else the one whose hash is kept, else a new one. */
export async function resolveAdminKey({ given, dataDir }: AdminKeySource): Promise<AdminKey> {
  if (given !== null) return { hash: hashKey(given), generated: null, discardGenerated: keepIt }
  const path = join(dataDir, 'admin-key.json')
  const kept = await readHash(path)
  if (kept !== undefined) return { hash: kept, generated: null, discardGenerated: keepIt }
  const generated = createKey()
  const hash = hashKey(generated)
  if (await createPrivateFile(path, `${JSON.stringify({ version: 1, sha256: hash })}\n`))
    return { hash, generated, discardGenerated: () => rm(path, { force: true }) }
  // Another process made one in the meantime.
  return resolveAdminKey({ given, dataDir })
}

async function keepIt(): Promise<void> {}

async function readHash(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  })
  if (text === undefined) return undefined
  const hash = /"sha256":"([0-9a-f]{64})"/.exec(text)?.[1]
  if (hash === undefined) {
    throw new DamagedFileError(`${path} holds no hash of a key. Remove it to have a new administrator's key made.`)
  }
  return hash
}
