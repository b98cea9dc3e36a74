/** 16 bits, one channel, 16,000 times a second: what Whisper hears. */
const sampleRate = 16_000
const sampleBytes = 2

export const byteRate = sampleRate * sampleBytes
export const wavHeaderBytes = 44

export function wavHeader(soundBytes: number): Buffer {
  const header = Buffer.alloc(wavHeaderBytes)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(clamp(soundBytes + wavHeaderBytes - 8), 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(byteRate, 28)
  header.writeUInt16LE(sampleBytes, 32)
  header.writeUInt16LE(sampleBytes * 8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(clamp(soundBytes), 40)
  return header
}

/** A day of sound fits; a length that does not is said to be unknown. */
function clamp(bytes: number): number {
  return Math.min(bytes, 0xffffffff)
}
