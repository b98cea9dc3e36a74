import { GatewayError } from '../chat/gateway-error.ts'
import type { Admission, Place, RequestLimits } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import { inspectUpload, secondsAtMost } from './inspect-upload.ts'
import type { MakePlayable, Playable } from './playable-audio.ts'
import type { Transcript } from './transcript.ts'
import type { ServerRequest, TranscriptionRequest } from './transcription-request.ts'

/** The model servers of one service. Throws GatewayError. */
export interface TranscriptionUpstream {
  transcribe(request: ServerRequest, visit: Visit): Promise<Transcript>
}

export interface TranscriptionParts {
  readonly limits: RequestLimits<TranscriptionRequest>
  readonly admission: Admission
  readonly makePlayable: MakePlayable
  readonly upstream: TranscriptionUpstream
  /** The longest audio. */
  readonly secondsMax: number
}

/** Answers a request; throws GatewayError. The entry is settled whatever the end, the upload is its owner's to discard. */
export type ServeTranscription = (request: TranscriptionRequest, visit: Visit) => Promise<Transcript>

/**
 * Seconds are what is limited and charged. Until somebody has decoded the audio, the most that it may last stands for them;
 * then what was decoded, and at the end what the model heard.
 */
export function createServeTranscription(parts: TranscriptionParts): ServeTranscription {
  const { limits, admission, makePlayable, upstream, secondsMax } = parts

  return async function serveTranscription(request, visit) {
    const { entry, signal } = visit
    let place: Place | undefined
    let playable: Playable | undefined
    try {
      const { upload, ...wanted } = request
      const audio = await inspectUpload(upload, secondsMax)
      entry.noteAudioSeconds(secondsAtMost(audio, secondsMax))
      // In one turn, so that nobody takes in between what it has held.
      upload.hold?.release()
      visit.allowance = limits.enter(visit, request)
      place = await admission.enter(visit)
      playable = await makePlayable(audio, upload.field, signal)
      entry.noteAudioSeconds(secondsAtMost(playable.audio, secondsMax))
      entry.noteAdmitted()
      const transcript = await upstream.transcribe({ ...wanted, audio: playable.audio, field: upload.field }, visit)
      if (!playable.audio.counted && transcript.seconds !== undefined) entry.noteAudioSeconds(transcript.seconds)
      entry.settle('completed')
      return transcript
    } catch (thrown) {
      const failure = GatewayError.from(signal.aborted ? signal.reason : thrown)
      entry.settle(failure.kind === 'abandoned' ? 'abandoned' : 'failed')
      throw failure
    } finally {
      place?.leave()
      if (playable?.made === true) await playable.audio.file.discard()
    }
  }
}
