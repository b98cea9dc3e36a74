import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AccessLine } from '../../src/chat/access-line.ts'
import { openDatabase } from '../../src/database/database.ts'
import { startGateway } from '../../src/gateway.ts'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import type { Log } from '../../src/log/create-log.ts'
import { loadSettings, type Settings } from '../../src/settings/settings.ts'
import { type SpeechScript, type SpeechServer, startSpeechServer } from './speech-server.ts'

export interface SpeechGateway {
  readonly url: string
  readonly key: string
  /** A key that may use no service. */
  readonly keyWithoutServices: string
  readonly server: SpeechServer
  readonly lines: readonly AccessLine[]
  readonly settings: Settings
  /** The form is posted with the key. */
  post(path: string, form: FormData, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

export interface SpeechRigOptions {
  readonly script?: SpeechScript
  /** More settings of the service, such as `convert: never`. */
  readonly service?: string
  /** More of the settings file; `$SPEECH` stands for the server's address. */
  readonly settings?: string
}

/** A whole gateway with one service `whisper` and a scripted server behind it. */
export async function startSpeechGateway(options: SpeechRigOptions = {}): Promise<SpeechGateway> {
  const server = await startSpeechServer(options.script)
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-speech-'))
  const file = join(folder, 'gateway.yaml')
  const own = options.service === undefined ? '' : `, ${options.service}`
  const services = `services: [{ name: whisper, kind: transcription, upstreams: [$SPEECH]${own} }]`
  const text = `port: 0\nshutdownGrace: 0s\nfailedKeysPerMinute: 0\n${options.settings ?? ''}\n`
  const all = text.includes('services:') ? text : text + services
  writeFileSync(file, all.replaceAll('$SPEECH', server.url))
  const { settings } = loadSettings({ environment: {}, flags: { config: file }, workingDirectory: folder })
  const database = openDatabase(settings.database)
  const store = createGatewayKeyStore(database)
  const { key } = await store.create({ name: 'test', services: 'all', expiresAtMs: null })
  const { key: keyWithoutServices } = await store.create({ name: 'nothing', services: [], expiresAtMs: null })
  await database.close()
  const lines: AccessLine[] = []
  const gateway = await startGateway(settings, 'test', collectingLog(lines))
  return {
    url: gateway.url,
    key,
    keyWithoutServices,
    server,
    lines,
    settings,
    post: (path, form, init) =>
      fetch(gateway.url + path, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form, ...init }),
    async stop() {
      await gateway.stop()
      await server.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function collectingLog(lines: AccessLine[]): Log {
  const ignore = () => undefined
  return { access: (line) => lines.push(line), info: ignore, warn: ignore, error: ignore, close: async () => {} }
}

/** A form of a file and fields, the file last unless it is said otherwise. */
export function formOf(
  sound: Uint8Array<ArrayBuffer>,
  fields: Readonly<Record<string, string>> = {},
  name = 'speech.wav',
): FormData {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append('file', new File([sound], name))
  return form
}

/** A tone as WAV of 16 bits at 16 kHz. */
export function toneWav(seconds: number): Buffer<ArrayBuffer> {
  const samples = Math.round(seconds * 16_000)
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(16_000, 24)
  wav.writeUInt32LE(32_000, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples * 2, 40)
  for (let index = 0; index < samples; index++) wav.writeInt16LE(Math.round(Math.sin(index / 6) * 8000), 44 + index * 2)
  return wav
}

/** The tone as ffmpeg writes it for these arguments, such as `-c:a libopus -f webm`. */
export async function encodeTone(seconds: number, ...args: string[]): Promise<Buffer<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-tone-'))
  const source = join(folder, 'tone.wav')
  const target = join(folder, 'tone')
  writeFileSync(source, toneWav(seconds))
  await promisify(execFile)('ffmpeg', ['-nostdin', '-loglevel', 'error', '-i', source, ...args, target])
  const { readFile } = await import('node:fs/promises')
  const bytes = Buffer.from(await readFile(target))
  rmSync(folder, { recursive: true })
  return bytes
}

/** Uploads of this process that are still on the disk, named or not. */
export function uploadsLeft(settings: Settings): string[] {
  const folder = join(settings.dataDir, 'uploads')
  // Where there is no such list, only named files are seen.
  const open = namesIn('/proc/self/fd').flatMap((fd) => targetOf(fd))
  return [...namesIn(folder), ...open.filter((target) => target.startsWith(folder))]
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** It may have been closed since the list was made. */
function targetOf(fd: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)]
  } catch {
    return []
  }
}

/** What answers and errors hold, as far as tests look. */
export interface SpeechBody {
  readonly text: string
  readonly segments: readonly {
    readonly words: readonly { readonly word: string }[]
    readonly compression_ratio: number
  }[]
  readonly words: readonly object[]
  readonly error: { readonly message: string; readonly param: string; readonly type: string; readonly code: string }
}

export async function bodyOf(response: Response): Promise<SpeechBody> {
  // The tests look at what is in it.
  return (await response.json()) as SpeechBody
}
