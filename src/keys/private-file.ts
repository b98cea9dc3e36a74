import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file of ours holds something else. Its message is for the operator. */
export class DamagedFileError extends Error {}

/** A file, readable for this user alone, that has everything but its name. */
export interface Draft {
  /** Gives it its name, whoever has that. */
  replace(): Promise<void>
  /** Gives it its name; false where another file has that. */
  create(): Promise<boolean>
  /** Leaves nothing but what has its name. */
  remove(): Promise<void>
}

/** Puts a file, readable for this user alone, in the place of another, all of it or nothing. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  await withDraft(path, text, (draft) => draft.replace())
}

/** Makes a file that no one has made yet, all of it or nothing; false when it is there already. */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  return withDraft(path, text, (draft) => draft.create())
}

async function withDraft<Result>(path: string, text: string, publish: (draft: Draft) => Promise<Result>) {
  const draft = await draftPrivateFile(path, text)
  try {
    return await publish(draft)
  } finally {
    await draft.remove()
  }
}

/** Writes it to the disk beside its place. Whoever asks for it removes it in the end. */
export async function draftPrivateFile(path: string, text: string): Promise<Draft> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const remove = () => rm(draft, { force: true })
  try {
    await writeDraft(draft, text)
  } catch (thrown) {
    await remove()
    // What fails while it is written does not say where.
    throw thrown instanceof Error && !('path' in thrown) ? Object.assign(thrown, { path }) : thrown
  }
  return { replace: () => rename(draft, path), create: () => linkUnlessThere(draft, path), remove }
}

async function linkUnlessThere(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path).catch((thrown) => linkByCopy(thrown, draft, path))
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
