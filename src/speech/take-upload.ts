import { addAbortSignal, type Readable } from 'node:stream'
import { GatewayError } from '../chat/gateway-error.ts'
import { startSilenceClock } from '../wire/silence-clock.ts'
import type { TemporaryFile, TemporaryFolder } from './temporary-file.ts'

export interface UploadBounds {
  readonly bytesMax: number
  /** Ends the upload; its reason is thrown. */
  readonly signal: AbortSignal
  /** A client that sends nothing for this long is gone, whether its connection is or not. */
  readonly stallMs?: number
}

export const stallMaxMs = 20_000

/**
 * Writes what comes to a file, piece by piece, and waits for the disk before it takes more. Whoever gets the file discards
 * it; on failure there is none. Throws `too-large`, `malformed-request`, or the signal's reason.
 */
export async function takeUpload(
  source: Readable,
  folder: TemporaryFolder,
  bounds: UploadBounds,
): Promise<TemporaryFile> {
  const { bytesMax, signal, stallMs = stallMaxMs } = bounds
  signal.throwIfAborted()
  // It may break off while the file is opened, when nobody reads it yet.
  source.on('error', ignore)
  const file = await folder.create()
  const stall = startSilenceClock(stallMs, () => source.destroy(stalled(stallMs)))
  addAbortSignal(signal, source)
  try {
    for await (const piece of piecesOf(source)) {
      stall.note()
      await take(file, piece, bytesMax)
    }
    signal.throwIfAborted()
    return file
  } catch (thrown) {
    await file.discard()
    throw signal.aborted ? signal.reason : thrown
  } finally {
    stall.stop()
  }
}

/** What the reader of an upload throws may repeat it. */
async function* piecesOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    throw new GatewayError('malformed-request', 'The upload broke off before its end.')
  }
}

async function take(file: TemporaryFile, piece: Buffer, bytesMax: number): Promise<void> {
  if (file.bytes + piece.length > bytesMax) throw tooLarge(bytesMax)
  await file.append(piece)
}

export function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('too-large', `The file is larger than ${bytesMax} bytes.`, { field: 'file' })
}

export function stalled(stallMs: number): GatewayError {
  return new GatewayError('malformed-request', `The upload stood still for ${stallMs / 1000} s.`)
}

function ignore(): void {}
