import { invalidField } from '../chat/describe-mismatch.ts'
import type { GatewayError } from '../chat/gateway-error.ts'
import { countedSecondsMax } from '../wire/audio/counting-bounds.ts'
import { type AudioHeader, audioFormats } from '../wire/audio-header.ts'
import { describeBytes } from './describe-bytes.ts'
import { readAudioHead } from './read-audio-head.ts'
import type { StoredAudio, Upload } from './transcription-request.ts'

/**
 * What a file is by its first bytes; its name and what it was declared as count for nothing. Throws `invalid-request` for
 * what is no audio, and for audio that says by itself that it is too long.
 */
export async function inspectUpload({ file, field }: Upload, secondsMax: number): Promise<StoredAudio> {
  const header = await readAudioHead(file)
  if (header === undefined)
    throw invalidField(field, describeBytes(await file.read(0, 512)), `audio as ${audioFormats}`)
  if (header.silent) throw invalidField(field, 'a file with pictures and without sound', `audio as ${audioFormats}`)
  if (header.seconds !== undefined && header.seconds > secondsMax) throw tooLong(field, secondsMax)
  return { ...header, counted: isCounted(header), file }
}

/** Nobody counts frames and packets on above ten minutes. */
function isCounted({ format, seconds = 0, counted }: AudioHeader): boolean {
  return counted && (format === 'wav' || seconds <= countedSecondsMax)
}

/** What it says of its length may be anything. */
export function tooLong(field: string, secondsMax: number): GatewayError {
  return invalidField(field, 'longer audio', `at most ${secondsMax} seconds of it`)
}

/** The thinnest that speech codecs go, in bytes a second. */
const thinnestSound = 500

/** The most that audio may last before anybody has decoded it: claims are believed only where they are counted. */
export function secondsAtMost({ file, seconds, counted }: StoredAudio, secondsMax: number): number {
  if (counted && seconds !== undefined) return seconds
  return Math.min(secondsMax, Math.max(seconds ?? 0, file.bytes / thinnestSound))
}
