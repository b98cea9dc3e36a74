import { deflateSync } from 'node:zlib'
import type { Transcript, TranscriptSegment } from '../../speech/transcript.ts'
import { objectPieces } from '../json-pieces.ts'
import type { EncodedTranscript, SpeechAnswer } from '../speech-dialect.ts'
import { subRip, webVtt } from '../transcript-text.ts'
import type { SpeechEcho } from './decode-request.ts'

const json = 'application/json; charset=utf-8'
const text = 'text/plain; charset=utf-8'

export function encodeReply(transcript: Transcript, answer: SpeechAnswer<SpeechEcho>): EncodedTranscript {
  switch (answer.echo.format) {
    case 'json':
      return {
        contentType: json,
        pieces: [JSON.stringify({ text: transcript.text, usage: usageOf(transcript, answer) })],
      }
    case 'verbose_json':
      return { contentType: json, pieces: verbose(transcript, answer) }
    case 'text':
      return { contentType: text, pieces: [`${transcript.text}\n`] }
    case 'srt':
      return { contentType: text, pieces: [subRip(transcript.segments)] }
    case 'vtt':
      return { contentType: text, pieces: [webVtt(transcript.segments)] }
    default:
      return answer.echo.format satisfies never
  }
}

/** OpenAI counts begun seconds. */
export function usageOf({ seconds }: Transcript, answer: SpeechAnswer<SpeechEcho>): object {
  return { type: 'duration', seconds: Math.ceil(seconds ?? answer.seconds) }
}

function verbose(transcript: Transcript, answer: SpeechAnswer<SpeechEcho>): Iterable<string> {
  const { echo, task, seconds } = answer
  const { segments, words } = transcript
  const before = {
    task,
    language: transcript.language ?? 'unknown',
    duration: transcript.seconds ?? seconds,
    text: transcript.text,
  }
  const lists = {
    segments: echo.segments ? segments.values().map(encodeSegment) : undefined,
    words: echo.words ? words?.values().map(({ word, start, end }) => ({ word, start, end })) : undefined,
  }
  return objectPieces(before, lists, { usage: usageOf(transcript, answer) })
}

function encodeSegment(segment: TranscriptSegment, id: number): object {
  const { start, end, text, tokens, temperature, averageLogprob, noSpeechProbability } = segment
  return {
    id,
    seek: 0,
    start,
    end,
    text,
    tokens,
    temperature,
    avg_logprob: averageLogprob,
    compression_ratio: compressionRatio(text),
    no_speech_prob: noSpeechProbability,
  }
}

/** As Whisper itself has it: what says the same again and again compresses well. */
function compressionRatio(text: string): number {
  const bytes = Buffer.from(text)
  return bytes.length / deflateSync(bytes).length
}
