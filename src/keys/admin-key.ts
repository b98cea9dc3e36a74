import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey, hashKey } from './key-format.ts'
import { codeOf, DamagedFileError, type Draft, draftPrivateFile } from './private-file.ts'

export interface AdminKey {
  /** SHA-256 in lower-case hexadecimal. */
  hash(): string
  /** The key itself where it was made just now: to be shown once, and kept nowhere. */
  readonly generated: string | null
  /** Writes the hash of a key that was made just now, but for its name: what fails then would fail after it was shown. */
  prepare(): Promise<void>
  /** Keeps its hash, once it was shown. False where another process was faster, whose key is the key then. */
  keep(): Promise<boolean>
  /** Takes back what was prepared; where it is not kept, the next start makes another. */
  forget(): Promise<void>
}

interface AdminKeySource {
  /** The key that the operator has set. */
  readonly given: string | null
  readonly dataDir: string
}

/** The key that may do everything: the one that was set, else the one whose hash is kept, else a new one. */
export async function resolveAdminKey({ given, dataDir }: AdminKeySource): Promise<AdminKey> {
  if (given !== null) return knownKey(hashKey(given))
  const path = join(dataDir, 'admin-key.json')
  const kept = await readHash(path)
  return kept === undefined ? makeKey(path) : knownKey(kept)
}

function knownKey(hash: string): AdminKey {
  const nothing = async () => {}
  return { hash: () => hash, generated: null, prepare: nothing, keep: async () => true, forget: nothing }
}

function makeKey(path: string): AdminKey {
  const generated = createKey()
  let hash = hashKey(generated)
  let draft: Draft | undefined
  let keeping: Promise<boolean> | undefined

  async function publish(): Promise<boolean> {
    // Forgotten, because the end came first.
    if (draft === undefined) return true
    const isKept = await draft.create()
    await draft.remove()
    if (!isKept) hash = (await readHash(path)) ?? hash
    return isKept
  }

  return {
    hash: () => hash,
    generated,
    async prepare() {
      draft = await draftPrivateFile(path, `${JSON.stringify({ version: 1, sha256: hash })}\n`)
    },
    keep() {
      keeping ??= publish()
      return keeping
    },
    async forget() {
      // Why it failed was told to who kept it.
      await keeping?.catch(() => undefined)
      await draft?.remove()
      draft = undefined
    },
  }
}

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
