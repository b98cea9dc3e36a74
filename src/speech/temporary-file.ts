import { randomUUID } from 'node:crypto'
import { constants, type FileHandle, mkdir, open, readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../chat/gateway-error.ts'

/**
 * Bytes on the disk that no name leads to: the file is unlinked as soon as it is open, so that nothing is left of it when
 * its handle is closed, or the process ends, however it ends.
 */
export interface TemporaryFile {
  readonly bytes: number
  /** For a child process, which reads from the beginning: nothing here moves the position. */
  readonly fd: number
  append(piece: Uint8Array): Promise<void>
  /** Writes over what is there. */
  overwrite(piece: Uint8Array, position: number): Promise<void>
  /** At most `length` bytes; fewer at the end. */
  read(position: number, length: number): Promise<Buffer>
  /** All of it in pieces, as often as it is asked for. */
  pieces(): AsyncGenerator<Buffer>
  /** Gives the disk back; may be called again. */
  discard(): Promise<void>
}

export interface TemporaryFolder {
  /** Throws `overloaded` where there are too many, or the disk is full. */
  create(): Promise<TemporaryFile>
}

const prefix = 'upload-'
const pieceBytes = 262_144
const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants

/**
 * The folder is made with the first file. What a crash left between opening and unlinking is swept then. `filesMax` is how many
 * there may be at once.
 */
export function createTemporaryFolder(path: string, filesMax = Number.POSITIVE_INFINITY): TemporaryFolder {
  let prepared: Promise<void> | undefined
  let files = 0

  async function prepare(): Promise<void> {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const left = (await readdir(path)).filter((name) => name.startsWith(prefix))
    // Another process may be about to unlink its own: whoever comes second finds nothing, and has what it wanted.
    await Promise.all(left.map((name) => rm(join(path, name), { force: true })))
  }

  return {
    async create() {
      if (files >= filesMax) throw noRoom(new Error(`${files} files are open`))
      files++
      prepared ??= prepare()
      try {
        await prepared
        return await openUnnamed(join(path, prefix + randomUUID()), () => {
          files--
        })
      } catch (thrown) {
        files--
        prepared = undefined
        throw diskFailure(thrown)
      }
    },
  }
}

async function openUnnamed(path: string, onDiscard: () => void): Promise<TemporaryFile> {
  const handle = await open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600)
  try {
    await unlink(path).catch(ignoreMissing)
    return temporaryFile(handle, onDiscard)
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

function ignoreMissing(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'ENOENT') throw thrown
}

function temporaryFile(handle: FileHandle, onDiscard: () => void): TemporaryFile {
  let bytes = 0
  let closing: Promise<void> | undefined

  async function write(piece: Uint8Array, position: number): Promise<void> {
    let written = 0
    while (written < piece.length) {
      const { bytesWritten } = await handle
        .write(piece, written, piece.length - written, position + written)
        .catch((thrown: unknown) => {
          throw diskFailure(thrown)
        })
      written += bytesWritten
    }
  }

  async function read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, bytes - position))
    const buffer = Buffer.allocUnsafe(wanted)
    const { bytesRead } = await handle.read(buffer, 0, wanted, position)
    return buffer.subarray(0, bytesRead)
  }

  return {
    get bytes() {
      return bytes
    },
    fd: handle.fd,
    async append(piece) {
      const position = bytes
      bytes += piece.length
      await write(piece, position)
    },
    overwrite: write,
    read,
    async *pieces() {
      for (let position = 0; position < bytes; ) {
        const piece = await read(position, pieceBytes)
        if (piece.length === 0) return
        position += piece.length
        yield piece
      }
    },
    discard() {
      closing ??= handle.close().finally(onDiscard)
      return closing
    },
  }
}

/** The path is nobody's business, not even the log's. */
function diskFailure(thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return code === '' ? thrown : noRoom(new Error(`an upload failed with ${code}`))
}

function noRoom(cause: Error): GatewayError {
  const message = 'There is no room for uploads right now. Please try again later.'
  return new GatewayError('overloaded', message, { cause, retryAfterSeconds: 30 })
}
