import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file of ours holds something else. Its message is for the operator. */
export class DamagedFileError extends Error {}

/** Puts a file, readable for this user alone, in the place of another, all of it or nothing. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  await withDraft(path, text, (draft) => rename(draft, path))
}

/** Makes a file that no one has made yet, all of it or nothing; false when it is there already. */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  try {
    await withDraft(path, text, (draft) => link(draft, path).catch((thrown) => linkByCopy(thrown, draft, path)))
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

/** Some file systems have no links. */
async function linkByCopy(thrown: unknown, draft: string, path: string): Promise<void> {
  if (codeOf(thrown) === 'EEXIST') throw thrown
  await copyFile(draft, path, constants.COPYFILE_EXCL)
}

async function withDraft(path: string, text: string, publish: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeDraft(draft, text)
    await publish(draft)
  } catch (thrown) {
    // What fails while it is written does not say where.
    throw thrown instanceof Error && !('path' in thrown) ? Object.assign(thrown, { path }) : thrown
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeDraft(draft: string, text: string): Promise<void> {
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

export function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
