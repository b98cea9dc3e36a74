import { bounds } from '../chat/bounds.ts'
import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ContentPart } from '../chat/chat-request.ts'
import { describeFound, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { type AudioHeader, audioFormats, readAudioHeader } from '../wire/audio-header.ts'
import { decodeStrictBase64 } from '../wire/strict-base64.ts'

/**
 * Where the seconds are only claimed, bytes are the bound: as many as half a minute has at 512 kbit/s, because a small
 * file can unpack to many gigabytes of sound. FLAC has no such rate.
 */
const claimedBytesMax = 2_000_000

/**
 * Audio that vLLM may decode: strict base64, a known format by its first bytes whatever was declared, of bearable size
 * and length. Throws GatewayError naming `field`.
 */
export function decodeAudio(
  { base64, field }: { readonly base64: string; readonly field: string },
  { maxAudio }: ChatPolicy,
): ContentPart {
  if (maxAudio === 0) {
    throw new GatewayError('unsupported-field', `\`${field}\` is audio, which is not accepted here.`, { field })
  }
  const bytes = decodeStrictBase64(base64)
  if (bytes === undefined) throw invalidField(field, describeFound(base64), 'strict base64')
  const header = readAudioHeader(bytes)
  if (header === undefined) {
    throw invalidField(field, 'bytes of another format', audioFormats)
  }
  checkLength(header, bytes.length, field)
  return { type: 'input_audio', input_audio: { data: base64, format: header.format } }
}

/** Encoders round up to whole frames, and put silence in front. */
const paddingSeconds = 0.3

function checkLength({ format, seconds, counted }: AudioHeader, length: number, field: string): void {
  const isPadded = format !== 'wav' && format !== 'flac'
  if (seconds !== undefined && seconds > bounds.audioSeconds + (isPadded ? paddingSeconds : 0)) {
    throw invalidField(field, `audio of ${describeSeconds(seconds)}`, `at most ${bounds.audioSeconds} seconds`)
  }
  const isClaimed = !counted && format !== 'flac'
  const lengthMax = isClaimed ? claimedBytesMax : bounds.audioBytes
  if (length > lengthMax) throw invalidField(field, `${length} bytes of audio`, `at most ${lengthMax}`)
}

/** What a file claims may be anything. */
function describeSeconds(seconds: number): string {
  return seconds > 600 ? 'more than 600 seconds' : `${seconds.toFixed(1)} seconds`
}
