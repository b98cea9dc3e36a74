import { renameSync } from 'node:fs'
import { failureCode } from './failure-code.ts'
import { openSpoolFile, type SpoolFile, type SpoolOwner } from './spool-file.ts'

/** SQLite's plain error is said of its tables while a spool is opened: they are somebody else's. */
const damaged: ReadonlySet<string> = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_ERROR'])

/**
 * Opens the spool; one that is damaged or none of ours is put aside under another name, and an empty one takes its place,
 * so that the gateway always starts.
 */
export function openOrReplace(path: string, owner: SpoolOwner, onReplaced: (aside: string) => void): SpoolFile {
  try {
    return openSpoolFile(path, owner)
  } catch (thrown) {
    if (!damaged.has(failureCode(thrown))) throw thrown
    const aside = `${path}.damaged-${Date.now()}`
    for (const part of ['', '-wal', '-shm']) moveIfThere(path + part, aside + part)
    try {
      return openSpoolFile(path, owner)
    } finally {
      // Also where that failed: what the next attempt opens is another file too.
      onReplaced(aside)
    }
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (thrown) {
    if (failureCode(thrown) !== 'ENOENT') throw thrown
  }
}
