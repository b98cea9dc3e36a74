import type { Visit } from '../chat/visit.ts'
import type { TranscriptionUpstream } from '../speech/serve-transcription.ts'
import type { Transcript } from '../speech/transcript.ts'
import type { ServerRequest } from '../speech/transcription-request.ts'
import { type DeadlineLimits, startDeadlines } from './deadlines.ts'
import type { ModelServers } from './model-servers.ts'
import type { SpeechServers } from './speech-servers.ts'
import { noTranscript, type Refusal, transcriptionFailure } from './transcription-failure.ts'
import { type SpeechServerForm, vllmForm, whisperForm } from './transcription-form.ts'
import { throwBreak } from './vllm-failure.ts'
import { readTranscript } from './whisper-transcript.ts'

export interface TranscriptionUpstreamOptions {
  readonly servers: ModelServers
  readonly cards: SpeechServers
  readonly limits: DeadlineLimits
}

/** A day of speech with the times of all its words is shorter, in bytes. */
const answerMax = 67_108_864
const refusalMax = 4096

/** Asks the speech servers of one service. A file is still there when a server fails, so that another is sent it anew. */
export function createTranscriptionUpstream({
  servers,
  cards,
  limits,
}: TranscriptionUpstreamOptions): TranscriptionUpstream {
  /** Models of vLLM that know no segments refuse the format that tells them. */
  const withoutSegments = new Set<string>()

  async function ask({ path, form }: SpeechServerForm, visit: Visit): Promise<Transcript | Refusal> {
    const { contentType, contentLength, open } = form
    const asking = { method: 'POST', path, contentType, contentLength, body: open, requestId: visit.id } as const
    const onAsk = (url: string) => {
      visit.upstream = url
    }
    const { status, body } = await servers.ask({ ...asking, onAsk }, visit.signal)
    const text = await body.text(status === 200 ? answerMax : refusalMax).catch(throwBreak)
    return status === 200 ? transcriptIn(text) : { status, text }
  }

  async function askVllm(request: ServerRequest, model: string, visit: Visit): Promise<Transcript | Refusal> {
    if (withoutSegments.has(model)) return ask(vllmForm(request, model, false), visit)
    const answer = await ask(vllmForm(request, model, true), visit)
    if (!isRefusal(answer) || answer.status !== 400) return answer
    const plain = await ask(vllmForm(request, model, false), visit)
    // It was the format, then, and not the audio.
    if (!isRefusal(plain)) withoutSegments.add(model)
    return plain
  }

  return {
    async transcribe(request, visit) {
      const deadlines = startDeadlines(limits, 'unwatched', visit.abort)
      try {
        const { kind, model } = await cards.current()
        visit.signal.throwIfAborted()
        const answer = kind === 'vllm' ? await askVllm(request, model, visit) : await ask(whisperForm(request), visit)
        if (isRefusal(answer)) throw transcriptionFailure(answer, request.field)
        return withSegments(answer, request.audio.seconds)
      } finally {
        deadlines.stop()
      }
    },
  }
}

function isRefusal(answer: Transcript | Refusal): answer is Refusal {
  return 'status' in answer
}

async function transcriptIn(text: string): Promise<Transcript> {
  try {
    return await readTranscript(JSON.parse(text))
  } catch {
    // What zod and V8 say repeats the answer.
    throw noTranscript(new Error(`the answer of ${text.length} characters does not fit`))
  }
}

/** Where the model tells no segments, all of it is one. */
function withSegments(transcript: Transcript, seconds: number | undefined): Transcript {
  const { segments, text } = transcript
  if (segments.length > 0 || text === '') return transcript
  const end = transcript.seconds ?? seconds ?? 0
  const whole = { start: 0, end, text, tokens: [], temperature: 0, averageLogprob: 0, noSpeechProbability: 0 }
  return { ...transcript, segments: [whole] }
}
