/** What files begin with that are sent by mistake, or that need another form first. */
const beginnings: readonly (readonly [bytes: string, words: string])[] = [
  ['%PDF', 'a PDF document'],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['\x1f\x8b', 'a gzip archive'],
  ['#!AMR', 'AMR audio'],
  ['FORM', 'AIFF audio'],
  ['caff', 'CAF audio'],
  ['.snd', 'AU audio'],
  ['\x30\x26\xb2\x75', 'WMA audio'],
  ['RIFF', 'a RIFF file that is no WAV of plain samples'],
  ['OggS', 'an Ogg file without whole Opus or Vorbis'],
  ['fLaC', 'a FLAC file with a broken head'],
  ['\x1a\x45\xdf\xa3', 'a Matroska file that is no WebM'],
  ['\xff\xf1', 'AAC audio without a container'],
  ['\xff\xf9', 'AAC audio without a container'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
]

/** The kind of file that bytes are the beginning of, by the bytes alone; nothing of them is repeated. */
export function describeBytes(head: Buffer): string {
  if (head.length === 0) return 'an empty file'
  const start = head.toString('latin1', 0, 16)
  if (start.slice(4, 8) === 'ftyp') return 'an MP4 file without audio that can be read'
  const known = beginnings.find(([bytes]) => start.startsWith(bytes))
  if (known !== undefined) return known[1]
  return isText(head.subarray(0, 512)) ? 'text' : 'bytes of an unknown format'
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}
