import { readAudioHeader } from './audio-header.ts'

/** How long audio in base64 lasts; the longest that there may be where it does not tell. */
export function audioSeconds(base64: string, secondsMax: number): number {
  return readAudioHeader(Buffer.from(base64, 'base64'))?.seconds ?? secondsMax
}
