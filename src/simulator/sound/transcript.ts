import { tokenize } from '../request/tokenizer.ts'

/** What was heard; times are seconds. */
export interface Segment {
  readonly start: number
  readonly end: number
  /** With a space in front, as Whisper writes it. */
  readonly text: string
  readonly words: readonly Word[]
}

/** A token, which Whisper calls a word. */
export interface Word {
  readonly start: number
  readonly end: number
  readonly text: string
}

const segmentSeconds = 5
/** About seven hours: a header may claim any length. */
const segmentsMax = 5000
/** Whisper hears nothing in less. */
const heardSeconds = 0.11

/** What it claims to have heard: a segment for every five seconds, which says so, or the words that it was told to say. */
export function transcribe(seconds: number, task: 'transcribe' | 'translate', said: string | null): Segment[] {
  const heard = seconds <= heardSeconds ? 0 : Math.ceil(seconds / segmentSeconds)
  const count = Math.min(heard, said === null ? segmentsMax : 1)
  const noun = task === 'translate' ? 'translation' : 'transcription'
  return Array.from({ length: count }, (_, index) => {
    const start = index * segmentSeconds
    const told = said === null ? `Simulated ${noun} of ${seconds.toFixed(1)} seconds, part ${index + 1}.` : said
    return segment(start, Math.min(seconds, start + segmentSeconds), told)
  })
}

function segment(start: number, end: number, said: string): Segment {
  const text = ` ${said}`
  const tokens = tokenize(text)
  const each = (end - start) / tokens.length
  const words = tokens.map((token, index) => {
    return { start: hundredths(start + index * each), end: hundredths(start + (index + 1) * each), text: token }
  })
  return { start: hundredths(start), end: hundredths(end), text, words }
}

/** Whisper's clock ticks a hundred times a second. */
function hundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100
}
