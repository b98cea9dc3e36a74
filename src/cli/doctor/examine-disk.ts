import { access, constants, statfs } from 'node:fs/promises'
import { makePrivateFolder } from '../../database/private-folder.ts'
import type { Finding } from './finding.ts'

const freeMinBytes = 1024 ** 3

/** The data folder: accounts wait there for the database, so that it must not be full. */
export async function examineDisk(dataDir: string): Promise<readonly Finding[]> {
  const about = 'data folder'
  try {
    makePrivateFolder(dataDir)
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(dataDir)
    const free = bavail * bsize
    const found = `${dataDir}, ${(free / 1024 ** 3).toFixed(1)} GiB free`
    if (free >= freeMinBytes) return [{ about, state: 'good', found }]
    return [{ about, state: 'unsure', found, fix: 'Make room, or move it with --data-dir or GATEWAY_DATA_DIR.' }]
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown'
    const fix = 'Give this user a folder that it may write to, with --data-dir or GATEWAY_DATA_DIR.'
    return [{ about, state: 'bad', found: `${dataDir} cannot be written to (${code})`, fix }]
  }
}
