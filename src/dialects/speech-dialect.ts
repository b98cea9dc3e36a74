import type { DialectName } from '../chat/dialect-names.ts'
import type { GatewayError } from '../chat/gateway-error.ts'
import type { RateState } from '../chat/rate.ts'
import type { Transcript } from '../speech/transcript.ts'
import type { SpeechTask, TranscriptionRequest } from '../speech/transcription-request.ts'
import type { CredentialForm, EncodeError, WireShapes } from './dialect.ts'

/** A language in which clients ask for what is said in audio. Decoding throws GatewayError; encoders are pure. */
export interface SpeechDialect<Echo = unknown> {
  readonly name: DialectName
  /** Where a key may stand, the first that is there counts. */
  readonly credentials: readonly CredentialForm[]
  readonly routes: readonly SpeechRoute[]
  /** The model that is asked for, before anything else of the request is looked at. */
  modelOf(fields: SpeechFields): string | undefined
  decode(fields: SpeechFields, task: SpeechTask): DecodedSpeech<Echo>
  /** What a JSON body holds, where requests may come as one. */
  decodeJson?(body: unknown): InlineSpeech
  encodeReply(transcript: Transcript, answer: SpeechAnswer<Echo>): EncodedTranscript
  openStream?(answer: SpeechAnswer<Echo>): TranscriptStream
  readonly encodeError: EncodeError
  encodeRate(rate: RateState): Readonly<Record<string, string>>
  /** What the description of the API says of its routes. */
  readonly shapes?: WireShapes
}

/** A POST route below the root and below each service's prefix. */
export interface SpeechRoute {
  readonly path: string
  /** What may stand before the path, such as `/v1`; the first is the one that people are told. */
  readonly versions: readonly string[]
  readonly task: SpeechTask
}

/** The fields of a form by their names, without the `[]` of lists; text, or a list of texts. In JSON they may be anything. */
export type SpeechFields = Readonly<Record<string, unknown>>

export interface DecodedSpeech<Echo> {
  readonly wanted: Omit<TranscriptionRequest, 'upload'>
  readonly streamed: boolean
  /** What only the encoder needs of the request. */
  readonly echo: Echo
}

/** Audio inside a JSON body, in base64. */
export interface InlineSpeech {
  readonly base64: string
  /** Where it stands. */
  readonly field: string
  readonly fields: SpeechFields
}

export interface SpeechAnswer<Echo> {
  readonly echo: Echo
  readonly task: SpeechTask
  /** How long the audio is, where the model does not say. */
  readonly seconds: number
}

export interface EncodedTranscript {
  readonly contentType: string
  /** Of the body. */
  readonly pieces: Iterable<string>
}

/** A transcript as server-sent events. */
export interface TranscriptStream {
  /** All frames. */
  encode(transcript: Transcript): string
  keepAlive(): string
  /** The frames that tell of a failure after the stream has opened, and end it. */
  fail(error: GatewayError): string
}
