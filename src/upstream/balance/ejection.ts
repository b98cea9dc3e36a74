/**
 * What an exchange says of its server. `refused`: nobody is there to connect to. `unreachable`: there was no connection for
 * another reason, or it broke. `failing`: the server answered
 * that it failed, fell silent or talked nonsense. `begun`: the first byte of a good answer is there. `sound`: a good answer
 * came to its end. `nothing`: whoever asked left, or the request was to blame.
 */
export type ServerWord = 'begun' | 'sound' | 'refused' | 'unreachable' | 'failing' | 'nothing'

/** `probe`: it is time to try a server that was ejected, with one request. */
type Standing = 'in' | 'out' | 'probe'

/** Whether one server gets requests, by the ends of those before. */
export interface Ejection {
  readonly standing: Standing
  /** Failures in a row. */
  readonly failures: number
  /** A request goes to the server. */
  enter(): void
  note(word: ServerWord): void
  /** The server can be reached again, by a look of our own: where that was all that was wrong, it is tried now. */
  noteReachable(): void
}

export interface EjectionParts {
  /** Monotonic milliseconds. */
  now(): number
  /** From 0 up to 1: two gateways must not try a server at the same moment. */
  random(): number
  /** Once for each change; `forMs` is how long the server is out, undefined where it is in again. */
  onChange(forMs: number | undefined): void
}

/** One may be its own request's fault, and one after it a repetition of it. */
const failuresMax = 3
const shortestMs = 5000
const longestMs = 60_000
/** The largest share by which a time is longer or shorter. */
const jitter = 0.1

export function createEjection({ now, random, onChange }: EjectionParts): Ejection {
  let failures = 0
  let ejections = 0
  let outUntilMs: number | undefined
  let probing = false
  let onlyUnreachable = false

  function standing(): Standing {
    if (outUntilMs === undefined) return 'in'
    return probing || now() < outUntilMs ? 'out' : 'probe'
  }

  function eject(): void {
    const forMs = Math.min(longestMs, shortestMs * 2 ** ejections++) * (1 + jitter * (2 * random() - 1))
    outUntilMs = now() + forMs
    onChange(forMs)
  }

  function readmit(): void {
    if (outUntilMs === undefined) return
    outUntilMs = undefined
    onChange(undefined)
  }

  function noteFailure(word: 'unreachable' | 'failing', wasProbe: boolean): void {
    onlyUnreachable = word === 'unreachable' && (failures === 0 || onlyUnreachable)
    failures++
    // What was on its way when the server was ejected says nothing new.
    if (wasProbe || (outUntilMs === undefined && failures >= failuresMax)) eject()
  }

  return {
    get standing() {
      return standing()
    },
    get failures() {
      return failures
    },
    enter() {
      if (standing() === 'probe') probing = true
    },
    note(word) {
      const wasProbe = probing
      probing = false
      if (word === 'refused') return noteFailure('unreachable', wasProbe)
      if (word === 'unreachable' || word === 'failing') return noteFailure(word, wasProbe)
      if (word === 'nothing') return
      // An answer that only began may still break off: the next failure ejects at once.
      if (word === 'begun') failures = Math.min(failures, failuresMax - 1)
      else failures = ejections = 0
      readmit()
    },
    noteReachable() {
      if (outUntilMs !== undefined && onlyUnreachable) outUntilMs = now()
    },
  }
}
