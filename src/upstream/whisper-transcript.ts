import * as z from 'zod'
import { languageName } from '../speech/languages.ts'
import type { Transcript, TranscriptSegment, TranscriptWord } from '../speech/transcript.ts'
import { visitInTurns } from '../wire/in-turns.ts'

/** To the millisecond: the servers calculate with fewer digits than they write. */
const time = z
  .number()
  .min(0)
  .max(1_000_000)
  .transform((seconds) => Math.round(seconds * 1000) / 1000)

const pieceSchema = z.object({
  word: z.string(),
  start: time.nullish(),
  end: time.nullish(),
  probability: z.number().nullish(),
})

const segmentSchema = z.object({
  text: z.string(),
  start: time.nullish(),
  end: time.nullish(),
  tokens: z.array(z.number()).nullish(),
  words: z.array(pieceSchema).nullish(),
  temperature: z.number().nullish(),
  avg_logprob: z.number().nullish(),
  no_speech_prob: z.number().nullish(),
})

/** `verbose_json` as whisper.cpp and vLLM write it; only what is read of it. What its lists hold is looked at one by one. */
const answerSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  /** vLLM writes it as text. */
  duration: z.union([time, z.string().transform(Number).pipe(time)]).nullish(),
  segments: z.array(z.unknown()).nullish(),
  words: z.array(z.unknown()).nullish(),
})

type Piece = z.output<typeof pieceSchema>
type Segment = z.output<typeof segmentSchema>

/**
 * The transcript in a parsed answer, read in turns: hours of speech have tens of thousands of words. Both servers decode in
 * windows of half a minute, and tell times behind the end of the audio. Throws what zod throws.
 */
export async function readTranscript(answer: unknown): Promise<Transcript> {
  const { text, language, duration, segments, words } = answerSchema.parse(answer)
  const end = duration ?? Number.POSITIVE_INFINITY
  const toldSegments: TranscriptSegment[] = []
  const toldWords: TranscriptWord[] = []
  const addWord = (piece: Piece) => toldWords.push(wordOf(piece, end))
  await visitInTurns(segments ?? [], (told) => {
    const segment = segmentSchema.parse(told)
    toldSegments.push(segmentOf(segment, end))
    if (words == null) wordsOf(segment).forEach(addWord)
  })
  await visitInTurns(words ?? [], (told) => addWord(pieceSchema.parse(told)))
  return {
    text: text
      .replaceAll(brokenUnspaced, '$1')
      .replaceAll(/\s*\n\s*/g, ' ')
      .trim(),
    language: language == null ? null : languageName(language),
    seconds: duration ?? undefined,
    segments: toldSegments,
    words: toldWords.length === 0 ? null : toldWords,
  }
}

/** Now and then whisper.cpp tells an end before its start. */
function timesOf({ start, end }: Pick<Piece, 'start' | 'end'>, secondsMax: number): { start: number; end: number } {
  const from = Math.min(start ?? 0, secondsMax)
  return { start: from, end: Math.max(from, Math.min(end ?? from, secondsMax)) }
}

function segmentOf(segment: Segment, secondsMax: number): TranscriptSegment {
  return {
    ...timesOf(segment, secondsMax),
    text: segment.text,
    tokens: segment.tokens ?? [],
    temperature: segment.temperature ?? 0,
    averageLogprob: segment.avg_logprob ?? 0,
    noSpeechProbability: segment.no_speech_prob ?? 0,
  }
}

function wordOf(piece: Piece, secondsMax: number): TranscriptWord {
  return { word: piece.word.trim(), ...timesOf(piece, secondsMax), probability: piece.probability ?? null }
}

/** What whisper.cpp calls words are tokens: ` hel`, `lo`, `,`. A space, or a script without spaces, begins a new one. */
function wordsOf({ words, text }: Segment): Piece[] {
  const joined: Piece[] = []
  for (const piece of words ?? []) {
    const before = joined.at(-1)
    if (before === undefined || beginsWord(piece.word, before.word)) joined.push({ ...piece })
    else joined[joined.length - 1] = join(before, piece)
  }
  return spellAs(
    text,
    joined.filter(({ word }) => word.trim() !== ''),
  )
}

/** A word is as sure as its least sure piece. */
function join(before: Piece, { word, end, probability }: Piece): Piece {
  const surest = Math.min(before.probability ?? 1, probability ?? 1)
  return { ...before, word: before.word + word, end: end ?? before.end, probability: surest }
}

const unspacedScripts = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
const unspacedLetter = `[${unspacedScripts.map((script) => `\\p{Script=${script}}`).join('')}]`
const unspaced = new RegExp(`^${unspacedLetter}`, 'u')
/** whisper.cpp writes each segment on a line of its own. */
const brokenUnspaced = new RegExp(`(${unspacedLetter})\\s*\\n\\s*(?=${unspacedLetter})`, 'gu')

function beginsWord(piece: string, before: string): boolean {
  return /^\s/.test(piece) || before.trim() === '' || (unspaced.test(piece) && !/[([{«"'“‘]$/.test(before))
}

/** Characters that were cut between tokens are whole in the segment. */
function spellAs(text: string, words: readonly Piece[]): Piece[] {
  const spelt = text.trim().split(/\s+/)
  return words.map((piece, index) => ({
    ...piece,
    word: spelt.length === words.length ? (spelt[index] ?? '') : piece.word,
  }))
}
