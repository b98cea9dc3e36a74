/** What can go wrong on request. The number is what is used where none is given; null takes none. */
const knownFaults = {
  /** Never answers; not even headers. */
  hang: null,
  /** Sends N events, then nothing more. A whole reply stops in its middle. */
  'hang-after': 2,
  /** Resets the connection before headers. */
  reset: null,
  /** Resets the connection after N bytes of the body. */
  'reset-after': 100,
  /** Answers with this status and vLLM's error for it. */
  status: 500,
  /** Answers as vLLM does when its engine has died: 500. */
  'engine-dead': null,
  /** The wedge that `/health` does not show: the request runs and never gets a token. */
  'dead-engine': null,
  /** 200, but an HTML page. */
  garbage: null,
  /** After N events an error event and `[DONE]`, inside the 200. A whole reply becomes a 500. */
  'error-in-stream': 0,
  /** A complete stream without `[DONE]`. */
  'no-done': null,
  /** Ends the stream cleanly after N events, without a finish. A whole reply ends in its middle. */
  cut: 2,
  /** One byte at a time. */
  drip: null,
  /** An event in the middle that is not JSON. A whole reply is not JSON. */
  'bad-chunk': null,
  /** Lines end in CR LF. */
  crlf: null,
  /** SSE comments between the events. */
  comments: null,
  /** The first token comes N ms later. */
  'slow-first': 1000,
  /** A piece of content of N characters in one event. */
  'huge-event': 2_000_000,
  /** Arguments end in their middle, as `max_tokens` does it, and still the finish says `tool_calls`. */
  'truncated-tool-call': null,
  /** Half an answer with the finish reason `abort`. */
  abort: null,
  /** Half an answer with the finish reason `repetition`. */
  repetition: null,
  /** Thinking is never closed: all text is reasoning, and there is no content. */
  'unclosed-thinking': null,
} as const satisfies Readonly<Record<string, number | null>>

type Known = typeof knownFaults
export type FaultName = keyof Known
type Counted = { [Name in FaultName]: Known[Name] extends null ? never : Name }[FaultName]

/** A fault as it is written in a directive, in a test and over HTTP: `hang`, `reset-after 100`. */
export type Fault = FaultName | `${Counted} ${number}`

/** The faults of one request, each with its number. */
export type Faults = ReadonlyMap<FaultName, number>

export const noFaults: Faults = new Map()

export const faultNames = Object.keys(knownFaults)

/** The largest number of a fault: of an event, more characters than anything takes; of milliseconds, more than an hour. */
const amountMax = 5_000_000

/** @throws RangeError where the text names no fault. */
export function parseFault(text: string): readonly [FaultName, number] {
  const [name = '', amount, ...rest] = text.trim().split(/\s+/)
  if (!isFaultName(name)) throw new RangeError(`Unknown fault "${name}". Known: ${faultNames.join(', ')}.`)
  const given = amount === undefined ? knownFaults[name] : Number(amount)
  const takesNone = amount !== undefined && knownFaults[name] === null
  const isAmount = given === null || (Number.isInteger(given) && given >= 0 && given <= amountMax)
  if (rest.length > 0 || takesNone || !isAmount) {
    const wanted = knownFaults[name] === null ? 'takes no number' : `takes one whole number up to ${amountMax}`
    throw new RangeError(`The fault "${name}" ${wanted}; found "${text.trim()}".`)
  }
  return [name, given ?? 0]
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(knownFaults, name)
}
