import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const rate = 16_000
const seconds = 3

/** Writes three seconds of a tone as WAV, for the demo's transcription. Returns its path. */
export function writeDemoSound(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'demo.wav')
  writeFileSync(path, tone())
  return path
}

function tone(): Buffer {
  const samples = Int16Array.from(
    { length: rate * seconds },
    (_, at) => 8000 * Math.sin((at * 2 * Math.PI * 440) / rate),
  )
  const data = Buffer.from(samples.buffer)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  // Whole numbers, one channel.
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(data.length, 40)
  return Buffer.concat([head, data])
}
