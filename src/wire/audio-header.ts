import { readFlac } from './audio/flac.ts'
import { readM4a } from './audio/m4a.ts'
import { readMp3 } from './audio/mp3.ts'
import { readOgg } from './audio/ogg.ts'
import { readWav } from './audio/wav.ts'
import { readWebm } from './audio/webm.ts'

/** What a file of audio says in its own bytes. */
export interface AudioHeader {
  readonly format: 'wav' | 'mp3' | 'flac' | 'ogg' | 'm4a' | 'webm'
  /** With `ogg` only, which may hold either. */
  readonly codec?: 'opus' | 'vorbis'
  /** Undefined where the file does not tell. Nobody counts on above ten minutes. */
  readonly seconds: number | undefined
  /** The file says of itself that there is no sound in it. */
  readonly silent?: true
  /** True where the seconds were counted; elsewhere they are only what the file claims. */
  readonly counted: boolean
}

/** What is read here, as people are told it. */
export const audioFormats = 'WAV, MP3, FLAC, Ogg (Opus or Vorbis), M4A or WebM'

/**
 * Reads the format from the magic bytes, never from a declared type. Undefined for everything that is not WAV of plain
 * samples, MP3, FLAC, Ogg with Opus or Vorbis, M4A or WebM: other decoders have a record of remote code execution.
 * `fileBytes` is the length of the whole where `bytes` is only its beginning: then only samples are counted, and what is
 * in the rest of an MP3 or an Ogg is guessed from how it begins.
 */
export function readAudioHeader(bytes: Buffer, fileBytes = bytes.length): AudioHeader | undefined {
  for (const read of [readWav, readFlac, readOgg, readWebm, readM4a, readMp3]) {
    const header = read(bytes, fileBytes)
    if (header !== undefined) return header
  }
  return undefined
}
