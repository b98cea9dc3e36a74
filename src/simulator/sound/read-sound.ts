/** What a file of sound says of itself. It shares no code with the gateway's own reading, whose mistakes it would repeat. */
export interface Sound {
  readonly format: 'wav' | 'mp3' | 'flac' | 'ogg-vorbis' | 'ogg-opus' | 'm4a' | 'webm' | 'aac'
  /** Undefined where only a decoder could tell. */
  readonly seconds: number | undefined
}

/** Undefined where it is no sound. */
export function readSound(bytes: Buffer): Sound | undefined {
  if (begins(bytes, 'RIFF') && begins(bytes, 'WAVE', 8)) return wav(bytes)
  if (begins(bytes, 'fLaC')) return flac(bytes)
  if (begins(bytes, 'OggS')) return ogg(bytes)
  if (begins(bytes, 'ftyp', 4)) return { format: 'm4a', seconds: undefined }
  if (bytes.toString('hex', 0, 4) === '1a45dfa3') return { format: 'webm', seconds: undefined }
  return frames(bytes, begins(bytes, 'ID3') ? tagLength(bytes) : 0)
}

export function soundSeconds(bytes: Buffer): number | undefined {
  return readSound(bytes)?.seconds
}

function begins(bytes: Buffer, mark: string, at = 0): boolean {
  return bytes.toString('latin1', at, at + mark.length) === mark
}

function wav(bytes: Buffer): Sound | undefined {
  let bytesPerSecond = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4)
    if (begins(bytes, 'fmt ', at) && at + 20 <= bytes.length) bytesPerSecond = bytes.readUInt32LE(at + 16)
    if (begins(bytes, 'data', at)) {
      const left = bytes.length - at - 8
      // A file that is cut off plays as far as it goes.
      const length = Math.min(size === 0 ? left : size, left)
      return { format: 'wav', seconds: bytesPerSecond === 0 ? undefined : length / bytesPerSecond }
    }
    at += 8 + size + (size % 2)
  }
  return undefined
}

/** The first block: 20 bits of sample rate at byte 10 of it, 36 bits of samples from the middle of byte 13 on. */
function flac(bytes: Buffer): Sound {
  const block = 8
  if (bytes.length < block + 18) return { format: 'flac', seconds: undefined }
  const rate = bytes.readUIntBE(block + 10, 3) >>> 4
  const samples = (bytes.readUInt8(block + 13) & 0x0f) * 2 ** 32 + bytes.readUInt32BE(block + 14)
  return { format: 'flac', seconds: rate === 0 ? undefined : samples / rate }
}

/** The last page tells how many samples there were; Opus counts 48,000 a second whatever it was made from. */
function ogg(bytes: Buffer): Sound | undefined {
  const last = bytes.lastIndexOf('OggS')
  if (last + 14 > bytes.length) return undefined
  const samples = Number(bytes.readBigInt64LE(last + 6))
  if (bytes.indexOf('OpusHead') !== -1) return { format: 'ogg-opus', seconds: samples / 48_000 }
  const head = bytes.indexOf('\x01vorbis', 0, 'latin1')
  if (head === -1 || head + 16 > bytes.length) return undefined
  return { format: 'ogg-vorbis', seconds: samples / bytes.readUInt32LE(head + 12) }
}

const kilobits = [
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
]

const samplesASecond = [44_100, 48_000, 32_000, 0]

/** MP3 without an end that could be trusted, and raw AAC. */
function frames(bytes: Buffer, start: number): Sound | undefined {
  if (bytes.length < start + 4 || (bytes.readUInt16BE(start) & 0xffe0) !== 0xffe0) return undefined
  if (((bytes.readUInt8(start + 1) >>> 1) & 3) === 0) return { format: 'aac', seconds: undefined }
  let seconds = 0
  let at = start
  for (let frame = readFrame(bytes, at); frame !== undefined; frame = readFrame(bytes, at)) {
    seconds += frame.seconds
    at += frame.length
  }
  return at === start ? undefined : { format: 'mp3', seconds }
}

function readFrame(bytes: Buffer, at: number): { length: number; seconds: number } | undefined {
  if (at + 4 > bytes.length || (bytes.readUInt16BE(at) & 0xffe6) !== 0xffe2) return undefined
  const version = (bytes.readUInt8(at + 1) >>> 3) & 3
  const rates = bytes.readUInt8(at + 2)
  // 3 is MPEG 1; 2 has half its sample rates, and 0 a quarter.
  const perSecond = (samplesASecond[(rates >>> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4)
  const bits = (kilobits[version === 3 ? 1 : 0]?.[rates >>> 4] ?? 0) * 1000
  if (perSecond === 0 || bits === 0) return undefined
  const seconds = (version === 3 ? 1152 : 576) / perSecond
  return { length: Math.floor((seconds * bits) / 8) + ((rates >>> 1) & 1), seconds }
}

/** Of an ID3 tag in front; its size has seven bits a byte. */
function tagLength(bytes: Buffer): number {
  return 10 + bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0)
}
