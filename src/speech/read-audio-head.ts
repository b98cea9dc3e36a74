import { tagBytes } from '../wire/audio/mp3.ts'
import { type AudioHeader, readAudioHeader } from '../wire/audio-header.ts'
import type { TemporaryFile } from './temporary-file.ts'

/** What is looked at of a file: nobody holds all of a large one in memory. */
const headBytes = 1_048_576
/** The table of contents of a day of AAC is smaller. */
const movieBytesMax = 33_554_432
const boxesMax = 1000

/** What a file says of itself in its first bytes; in an MP4 its table of contents may stand at the end. */
export async function readAudioHead(file: TemporaryFile): Promise<AudioHeader | undefined> {
  const head = await file.read(0, headBytes)
  if (head.toString('latin1', 4, 8) === 'ftyp' && file.bytes > head.length) {
    const contents = await readContents(file)
    return contents === undefined ? undefined : readAudioHeader(contents)
  }
  const tag = tagBytes(head)
  // A picture in the tag of an MP3 may be larger than what is looked at.
  if (tag > 0 && tag + 65_536 > head.length && file.bytes > head.length) {
    return readAudioHeader(await file.read(tag, headBytes), file.bytes - tag)
  }
  return readAudioHeader(head, file.bytes)
}

/** The boxes of an MP4 that tell what is in it, without the sound. */
async function readContents(file: TemporaryFile): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let taken = 0
  let position = 0
  for (let boxes = 0; boxes < boxesMax && position + 8 <= file.bytes; boxes++) {
    const { type, length } = boxAt(await file.read(position, 16))
    if (length < 8) break
    if (type === 'ftyp' || type === 'moov') {
      taken += length
      if (taken > movieBytesMax) return undefined
      parts.push(await file.read(position, length))
    }
    position += length
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts)
}

function boxAt(head: Buffer): { type: string; length: number } {
  const size = head.readUInt32BE(0)
  const type = head.toString('latin1', 4, 8)
  // 1 says that the length follows in eight bytes, 0 that it is all the rest.
  if (size === 1) return { type, length: head.length < 16 ? 0 : Number(head.readBigUInt64BE(8)) }
  return { type, length: size === 0 ? Number.POSITIVE_INFINITY : size }
}
