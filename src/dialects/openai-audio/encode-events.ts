import type { Transcript } from '../../speech/transcript.ts'
import { dataFrame, doneFrame, keepAliveComment } from '../../wire/write-sse.ts'
import { openaiErrorBody } from '../openai-error.ts'
import type { SpeechAnswer, TranscriptStream } from '../speech-dialect.ts'
import type { SpeechEcho } from './decode-request.ts'
import { usageOf } from './encode-reply.ts'

/** A delta a segment: together they are the text of the end. */
export function openStream(answer: SpeechAnswer<SpeechEcho>): TranscriptStream {
  return {
    encode(transcript) {
      const deltas = deltasOf(transcript).map((delta) => frame({ type: 'transcript.text.delta', delta }))
      const { text } = transcript
      const done = frame({ type: 'transcript.text.done', text, usage: usageOf(transcript, answer) })
      return deltas.join('') + done + doneFrame
    },
    keepAlive: () => keepAliveComment,
    fail: (error) => dataFrame(openaiErrorBody(error)) + doneFrame,
  }
}

function frame(event: object): string {
  return dataFrame(JSON.stringify(event))
}

/** The text, cut where its segments begin; in one piece where they are spelt otherwise than the whole. */
function deltasOf({ text, segments }: Transcript): string[] {
  const deltas: string[] = []
  let cut = 0
  for (const segment of segments.slice(1)) {
    const start = text.indexOf(segment.text.trim(), cut)
    if (start <= cut) continue
    const isSpaced = /\s/.test(text.charAt(start - 1))
    deltas.push(text.slice(cut, isSpaced ? start - 1 : start))
    cut = isSpaced ? start - 1 : start
  }
  return [...deltas, text.slice(cut)]
}
