import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, createPrivateFile, DamagedFileError } from './private-file.ts'

/** The secret that closes what clients carry for us, 32 bytes: the one in the data folder, or a new one. */
export async function resolveSealSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'seal-secret.txt')
  const kept = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  })
  if (kept === undefined) {
    const secret = randomBytes(32)
    // Otherwise another process made one in the meantime.
    return (await createPrivateFile(path, `${secret.toString('hex')}\n`)) ? secret : resolveSealSecret(dataDir)
  }
  const text = kept.trim()
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new DamagedFileError(`${path} holds no secret. Remove it to have a new one made.`)
  }
  return Buffer.from(text, 'hex')
}
