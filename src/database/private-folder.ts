import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, for this user alone, where they are missing. Node's own recursive way never returns
 * for a folder that is said to be missing each time it was to be made, as anything below `/proc` is. Throws what the
 * system says.
 */
export function makePrivateFolder(path: string): void {
  if (isFolder(path)) return
  if (dirname(path) !== path) makePrivateFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (thrown) {
    // Another process may have made it in the meantime.
    if (!isFolder(path)) throw thrown
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
