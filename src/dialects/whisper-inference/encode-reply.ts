import type { Transcript, TranscriptSegment, TranscriptWord } from '../../speech/transcript.ts'
import { objectPieces } from '../json-pieces.ts'
import type { EncodedTranscript, SpeechAnswer } from '../speech-dialect.ts'
import { subRip, webVtt } from '../transcript-text.ts'
import type { InferenceEcho } from './decode-request.ts'

const json = 'application/json; charset=utf-8'

/** whisper.cpp calls text HTML, which it is not: what somebody said would be a page. */
export function encodeReply(transcript: Transcript, answer: SpeechAnswer<InferenceEcho>): EncodedTranscript {
  switch (answer.echo.format) {
    case 'json':
      return { contentType: json, pieces: [JSON.stringify({ text: transcript.text })] }
    case 'verbose_json':
      return { contentType: json, pieces: verbose(transcript, answer) }
    case 'text':
      return { contentType: 'text/plain; charset=utf-8', pieces: [`${transcript.text}\n`] }
    case 'srt':
      return { contentType: 'application/x-subrip', pieces: [subRip(transcript.segments)] }
    case 'vtt':
      return { contentType: 'text/vtt', pieces: [webVtt(transcript.segments)] }
    default:
      return answer.echo.format satisfies never
  }
}

function verbose(
  { language, seconds, text, segments, words }: Transcript,
  answer: SpeechAnswer<InferenceEcho>,
): Iterable<string> {
  const shares = words === null ? [] : shareOut(words, segments)
  const before = { task: answer.task, language: language ?? 'unknown', duration: seconds ?? answer.seconds, text }
  return objectPieces(before, { segments: segments.values().map((one, id) => encodeSegment(one, id, shares[id])) })
}

/** Words by the last segment that starts before them: the ends of segments may lie behind that. Both are in order. */
function shareOut(words: readonly TranscriptWord[], segments: readonly TranscriptSegment[]): TranscriptWord[][] {
  const shares: TranscriptWord[][] = segments.map(() => [])
  let id = 0
  for (const word of words) {
    while (id + 1 < segments.length && (segments[id + 1]?.start ?? 0) <= word.start) id++
    shares[id]?.push(word)
  }
  return shares
}

function encodeSegment(segment: TranscriptSegment, id: number, words: readonly TranscriptWord[] | undefined): object {
  return {
    id,
    text: segment.text,
    start: segment.start,
    end: segment.end,
    tokens: segment.tokens,
    words,
    temperature: segment.temperature,
    avg_logprob: segment.averageLogprob,
    no_speech_prob: segment.noSpeechProbability,
  }
}
