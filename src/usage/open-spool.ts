import { renameSync } from 'node:fs'
import { failureCode } from './failure-code.ts'
import { openSpoolFile, type SpoolFile } from './spool-file.ts'

const damaged: ReadonlySet<string> = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])

/**
 * Opens the spool; one that is damaged is put aside under another name, and an empty one takes its place, so that the
 * gateway always starts.
 */
export function openOrReplace(path: string, process: string, onReplaced: (aside: string) => void): SpoolFile {
  try {
    return openSpoolFile(path, process)
  } catch (thrown) {
    if (!damaged.has(failureCode(thrown))) throw thrown
    const aside = `${path}.damaged-${Date.now()}`
    for (const part of ['', '-wal', '-shm']) moveIfThere(path + part, aside + part)
    const opened = openSpoolFile(path, process)
    onReplaced(aside)
    return opened
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (thrown) {
    if (failureCode(thrown) !== 'ENOENT') throw thrown
  }
}
