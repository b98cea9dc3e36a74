/** How the look-alike of whisper.cpp's server is set up; the names follow its flags where there is one. */
export interface WhisperOptions {
  /** `--inference-path`. */
  readonly inferencePath: string
  /** Seconds of work for a second of sound: 0 is as fast as possible. */
  readonly realTimeFactor: number
  /** Besides, for every job. */
  readonly jobMs: number
  /** `--convert`: ffmpeg decodes what whisper.cpp does not. */
  readonly convert: boolean
  /** Connections that are served at once, idle ones included; the others wait. */
  readonly threads: number
  readonly keepAliveTimeoutMs: number
  /** How many requests are remembered; the oldest are forgotten first. */
  readonly recordedMax: number
}

export const defaultWhisperOptions: WhisperOptions = {
  inferencePath: '/inference',
  realTimeFactor: 0,
  jobMs: 0,
  convert: false,
  threads: 8,
  keepAliveTimeoutMs: 5000,
  recordedMax: 1000,
}
