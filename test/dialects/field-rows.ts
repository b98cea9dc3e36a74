import { readFileSync } from 'node:fs'
import { pngPixel } from '../gateway/images.ts'
import { tone } from '../wire/small-audio.ts'

/** A row of the table of fields in a dialect's README. */
export interface FieldRow {
  readonly field: string
  /** What a body has in addition. */
  readonly sample: Readonly<Record<string, unknown>>
  readonly verdict: 'mapped' | 'accepted' | 'refused'
  /** What reaches the model in part; of mapped rows only. */
  readonly wanted: object
}

/** Every row of a dialect's README; fails where a line of its table is none. */
export function readFieldRows(dialect: string): FieldRow[] {
  const readme = readFileSync(new URL(`../../src/dialects/${dialect}/README.md`, import.meta.url), 'utf8')
  const lines = readme.split('\n').filter((line) => /^\| `[^`]/.test(line))
  return lines.filter((line) => !line.startsWith('| `field` |')).map(readRow)
}

function readRow(line: string): FieldRow {
  const [, field = '', sample = '', verdict, wanted = '{}'] =
    /^\| `([^`]+)` \| `(.+?)` \| (mapped|accepted|refused)(?: to `(.+?)`)?(?:: .*)? \|$/.exec(withMedia(line)) ?? []
  if (verdict !== 'mapped' && verdict !== 'accepted' && verdict !== 'refused') throw new Error(`No row: ${line}`)
  return { field, sample: JSON.parse(sample), verdict, wanted: JSON.parse(wanted) }
}

function withMedia(line: string): string {
  return line.replaceAll('$PNG', pngPixel).replaceAll('$MP3', tone('tone.mp3').toString('base64'))
}
