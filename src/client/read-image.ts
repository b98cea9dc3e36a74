import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { readImageHeader } from '../wire/image-header.ts'
import { ClientError } from './client-error.ts'
import type { Image } from './conversation.ts'

const bytesMax = 20 * 1024 * 1024

/** Reads an image whose kind its own first bytes tell. Throws ClientError. */
export async function readImage(path: string): Promise<Image> {
  const bytes = await readBytes(path)
  const header = readImageHeader(bytes)
  if (header === undefined) throw new ClientError(`${path} is not a PNG, JPEG, GIF or WebP image.`)
  return { name: basename(path), mediaType: `image/${header.format}`, base64: bytes.toString('base64') }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new ClientError(`${path} is not a file.`)
    if (found.size > bytesMax) throw new ClientError(`${path} is larger than ${bytesMax / 1024 / 1024} MiB.`)
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof ClientError) throw thrown
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
    throw new ClientError(isMissing ? `There is no file ${path}.` : `${path} cannot be read.`, { cause: thrown })
  }
}
