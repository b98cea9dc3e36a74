import type { Answer } from '../exchange/answer.ts'
import { tokenId } from '../request/tokenizer.ts'
import { languageCode, languageName } from '../sound/languages.ts'
import type { Segment, Word } from '../sound/transcript.ts'
import type { Inference } from './read-inference.ts'
import { threw, WhisperError } from './whisper-error.ts'

/** The transcript in the format that was asked for; an unknown one is `json`. */
export function writeTranscript(asked: Inference, segments: readonly Segment[]): Answer {
  const lines = segments.map(({ text }) => `${text}\n`).join('')
  switch (asked.format) {
    case 'text':
      return { status: 200, type: 'text/html; charset=utf-8', text: lines }
    case 'srt':
      return { status: 200, type: 'application/x-subrip', text: subtitles(segments, asked.offset) }
    case 'vtt':
      return { status: 200, type: 'text/vtt', text: `WEBVTT\n\n${segments.map((one) => cue(one, '.')).join('')}` }
    case 'verbose_json':
      return json(verbose(asked, segments, lines))
    default:
      return json({ text: lines })
  }
}

function json(value: object): Answer {
  return { status: 200, type: 'application/json', text: JSON.stringify(value) }
}

function subtitles(segments: readonly Segment[], offset: number): string {
  return segments.map((segment, index) => `${index + 1 + offset}\n${cue(segment, ',')}`).join('')
}

function cue({ start, end, text }: Segment, point: string): string {
  return `${timestamp(start, point)} --> ${timestamp(end, point)}\n${text}\n\n`
}

function timestamp(seconds: number, point: string): string {
  const milliseconds = Math.round(seconds * 100) * 10
  const time = new Date(milliseconds).toISOString().slice(11, 23).replace('.', point)
  const hours = Math.floor(milliseconds / 3_600_000)
  return `${String(hours).padStart(2, '0')}${time.slice(2)}`
}

function verbose(asked: Inference, segments: readonly Segment[], text: string): object {
  const language = languageName(asked.language)
  // An unknown language is nothing to the other formats.
  if (language === undefined) throw new WhisperError(threw('basic_string: construction from null is not valid'))
  const detected = languageCode(language)
  return {
    task: asked.task,
    language,
    duration: Math.fround(asked.seconds),
    text,
    segments: segments.map((segment, id) => verboseSegment(asked, segment, id)),
    ...(asked.languageProbabilities && {
      detected_language: language,
      detected_language_probability: 0.98,
      language_probabilities: { [detected]: 0.98 },
    }),
  }
}

function verboseSegment({ timestamps, temperature }: Inference, segment: Segment, id: number): object {
  return {
    id,
    text: segment.text,
    ...(timestamps && { start: segment.start, end: segment.end }),
    tokens: segment.words.map(({ text }) => tokenId(text)),
    words: segment.words.map((word) => verboseWord(word, timestamps)),
    temperature,
    avg_logprob: -0.25,
    no_speech_prob: 0.0078125,
  }
}

function verboseWord({ text, start, end }: Word, timestamps: boolean): object {
  return { word: text, ...(timestamps && { start, end, t_dtw: -1 }), probability: 0.9375 }
}
