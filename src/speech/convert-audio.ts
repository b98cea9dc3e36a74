import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { GatewayError } from '../chat/gateway-error.ts'
import type { AudioHeader } from '../wire/audio-header.ts'
import type { TemporaryFile, TemporaryFolder } from './temporary-file.ts'
import type { StoredAudio } from './transcription-request.ts'
import { byteRate, wavHeader, wavHeaderBytes } from './wav-header.ts'

/** Decodes any audio. Everything here throws `timeout` or the signal's reason. */
export interface AudioConverter {
  /** Whether ffmpeg is there; looked at once. */
  available(): Promise<boolean>
  /**
   * The plain WAV that every speech model takes; at most `secondsMax` and one more, so that it shows where there was more.
   * Undefined where ffmpeg can make nothing of it.
   */
  convert(audio: StoredAudio, signal: AbortSignal): Promise<TemporaryFile | undefined>
  /** The seconds that `convert` would give, without a file. */
  measure(audio: StoredAudio, signal: AbortSignal): Promise<number | undefined>
}

export interface ConverterOptions {
  readonly folder: TemporaryFolder
  readonly secondsMax: number
  /** A path, or a name that is looked for where programs are. */
  readonly program?: string
  readonly limitMs?: number
}

/** ffmpeg gets nothing of the gateway's environment, in which secrets may stand. */
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin' }
const convertMaxMs = 300_000
/** One block of memory; no audio needs more. */
const blockBytesMax = 268_435_456

/** What reads each container: ffmpeg is told, so that it does not guess one of its three hundred. */
const demuxers = {
  wav: 'wav',
  mp3: 'mp3',
  flac: 'flac',
  ogg: 'ogg',
  m4a: 'mov',
  webm: 'matroska',
} satisfies Record<AudioHeader['format'], string>

/** What decodes the sound in them, and nothing else: a decoder that is not run has no holes. */
const decoders = [
  ...['aac', 'alac', 'mp3', 'mp3float', 'opus', 'libopus', 'vorbis', 'libvorbis', 'flac'],
  ...['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le', 'pcm_alaw', 'pcm_mulaw'],
]

export function createAudioConverter({
  folder,
  secondsMax,
  program = 'ffmpeg',
  limitMs = convertMaxMs,
}: ConverterOptions): AudioConverter {
  const bytesMax = (secondsMax + 1) * byteRate
  let looked: Promise<boolean> | undefined

  async function decodeInTime(audio: StoredAudio, signal: AbortSignal, take: TakeSound): Promise<number | undefined> {
    signal.throwIfAborted()
    const deadline = AbortSignal.timeout(limitMs)
    try {
      return await decode({ program, audio, bytesMax, signal: AbortSignal.any([signal, deadline]), take })
    } catch (thrown) {
      signal.throwIfAborted()
      throw deadline.aborted ? tookTooLong(limitMs) : thrown
    }
  }

  return {
    available() {
      looked ??= programRuns(program)
      return looked
    },
    async convert(audio, signal) {
      const file = await folder.create()
      try {
        await file.append(Buffer.alloc(wavHeaderBytes))
        const bytes = await decodeInTime(audio, signal, file.append)
        if (bytes !== undefined) {
          await file.overwrite(wavHeader(bytes), 0)
          return file
        }
      } catch (thrown) {
        await file.discard()
        throw thrown
      }
      await file.discard()
      return undefined
    },
    async measure(audio, signal) {
      const bytes = await decodeInTime(audio, signal, drop)
      return bytes === undefined ? undefined : bytes / byteRate
    },
  }
}

/** Takes sound as it comes, and is waited for. */
type TakeSound = (piece: Buffer) => Promise<void>

async function drop(): Promise<void> {}

/** Whether ffmpeg can be run as the gateway runs it. */
export async function programRuns(program: string): Promise<boolean> {
  const child = spawn(program, ['-version'], { env: environment, stdio: 'ignore' })
  try {
    const [code] = await once(child, 'close')
    return code === 0
  } catch {
    return false
  }
}

interface Decoding {
  readonly program: string
  readonly audio: StoredAudio
  readonly bytesMax: number
  readonly signal: AbortSignal
  readonly take: TakeSound
}

/** The bytes of sound; undefined where there is none. What ffmpeg has to say is dropped: it repeats what is in the file. */
async function decode({ program, audio, bytesMax, signal, take }: Decoding): Promise<number | undefined> {
  const child = spawn(program, argumentsFor(audio, bytesMax), {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore', audio.file.fd],
    signal,
    killSignal: 'SIGKILL',
  })
  const closed = once(child, 'close')
  // Looked at below, but an abort may come while the output is still read.
  closed.catch(() => undefined)
  try {
    // A pipe, as `stdio` says; none where the process has no handle left for it, which is then the error that comes.
    const sound: Readable | null | undefined = child.stdout
    const bytes = sound == null ? 0 : await takeAll(sound, bytesMax, take)
    if (bytes >= bytesMax) return bytes
    const [code] = await closed
    signal.throwIfAborted()
    return code === 0 && bytes > 0 ? bytes : undefined
  } finally {
    child.kill('SIGKILL')
    await closed.catch(() => undefined)
  }
}

/** ffmpeg is told where to stop; that it does is not left to it. */
async function takeAll(sound: Readable, bytesMax: number, take: TakeSound): Promise<number> {
  let bytes = 0
  for await (const piece of sound) {
    await take(piece)
    bytes += piece.length
    if (bytes >= bytesMax) break
  }
  return bytes
}

function argumentsFor({ format }: AudioHeader, bytesMax: number): string[] {
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', 'quiet', '-max_alloc', String(blockBytesMax)],
    ...['-protocol_whitelist', 'file,pipe', '-codec_whitelist', decoders.join(','), '-threads', '1'],
    // The third handle, which `stdio` gives it.
    ...['-f', demuxers[format], '-i', '/dev/fd/3'],
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-ac', '1', '-ar', '16000'],
    ...['-fs', String(bytesMax), '-f', 's16le', 'pipe:1'],
  ]
}

function tookTooLong(limitMs: number): GatewayError {
  return new GatewayError('timeout', `Converting the audio took too long (limit ${limitMs / 1000} s).`)
}
