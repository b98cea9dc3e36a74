import { invalidField } from '../chat/describe-mismatch.ts'
import type { Admission, Arriving } from '../chat/serve-chat.ts'
import type { EmbeddingsInput, EmbeddingsRequest, OverlongRule } from './embeddings-request.ts'
import type { EmbeddingsCard, EmbeddingsUpstream } from './embeddings-upstream.ts'
import { overlongInput } from './overlong-input.ts'

/** Fewer bytes a token has no text of any length: what is longer is counted before the model is asked. */
const bytesPerTokenLikely = 3
/** No token is longer: a longer text cannot fit, whatever it says. */
const bytesPerTokenMax = 64
/** A character of JavaScript's takes no more in UTF-8. */
const bytesPerCharacterMax = 3
/** Marks that a model is given with an input. */
const marksMax = 8
/** Inputs of a request whose tokens are counted at once. */
const countedAtOnce = 8

interface Bound {
  readonly tokensMax: number
  /** Nobody but the gateway would refuse what is longer. */
  readonly isStrict: boolean
  readonly action: OverlongRule['action']
}

export interface FitParts {
  readonly upstream: EmbeddingsUpstream
  /** Places of their own for those whose inputs are counted: they must not flood the model server. */
  readonly measuring: Admission
}

/**
 * Refuses the inputs that are too long, or cuts them. What surely fits is not counted, and what probably does neither: the
 * model server refuses it otherwise. Throws `context-overflow` and `invalid-request`, naming the input, and `overloaded`
 * where too many want theirs to be counted.
 */
export async function fitInputs(
  request: EmbeddingsRequest,
  { upstream, measuring }: FitParts,
  visit: Arriving,
): Promise<EmbeddingsRequest> {
  const { signal } = visit
  const card = await upstream.card()
  signal.throwIfAborted()
  const { inputs, overlong } = request
  for (const input of inputs) checkIds(input, card)
  const bound = boundOf(card, overlong)
  if (bound === undefined) return request
  const long = inputs.filter((input) => isDoubtful(input, bound))
  if (bound.action === 'refuse') for (const input of long) refuseHopeless(input, bound)
  if (long.length === 0) return request
  const place = await measuring.enter(visit)
  try {
    const fitted = await fitAll(long, signal, (input, either) => fitInput(input, bound, upstream, either))
    return { ...request, inputs: inputs.map((input) => fitted.get(input) ?? input) }
  } finally {
    place.leave()
  }
}

function checkIds({ content, field }: EmbeddingsInput, { vocabulary }: EmbeddingsCard): void {
  if (typeof content === 'string' || vocabulary === null) return
  const at = content.findIndex((id) => id >= vocabulary)
  if (at === -1) return
  throw invalidField(`${field}[${at}]`, String(content[at]), `a token's id below ${vocabulary}`)
}

function boundOf(card: EmbeddingsCard, { action, tokensMax }: OverlongRule): Bound | undefined {
  const { inputTokens, isStrict } = card
  if (inputTokens === null && tokensMax === undefined) return undefined
  const least = Math.min(inputTokens ?? Number.POSITIVE_INFINITY, tokensMax ?? Number.POSITIVE_INFINITY)
  return { tokensMax: least, isStrict: isStrict || least !== inputTokens, action }
}

function isDoubtful({ content }: EmbeddingsInput, { tokensMax, isStrict }: Bound): boolean {
  if (typeof content !== 'string') return content.length > tokensMax
  // Most are short enough to be told by their length alone.
  if (content.length * bytesPerCharacterMax + marksMax <= tokensMax) return false
  const bytes = Buffer.byteLength(content)
  return isStrict ? bytes + marksMax > tokensMax : bytes > tokensMax * bytesPerTokenLikely
}

/** What nobody has to count. */
function refuseHopeless({ content, field }: EmbeddingsInput, { tokensMax }: Bound): void {
  if (typeof content !== 'string') throw overlongInput(field, tokensMax, { tokens: content.length })
  if (Buffer.byteLength(content) > tokensMax * bytesPerTokenMax) throw overlongInput(field, tokensMax)
}

async function fitInput(
  input: EmbeddingsInput,
  { tokensMax, action }: Bound,
  upstream: EmbeddingsUpstream,
  signal: AbortSignal,
): Promise<EmbeddingsInput> {
  const { content, field } = input
  if (typeof content !== 'string') return { ...input, content: await upstream.cut(content, tokensMax, signal) }
  // What is cut off is not counted: a body may be one endless text.
  const tokens = await upstream.tokenize(content.slice(0, tokensMax * bytesPerTokenMax), signal)
  if (tokens !== undefined && tokens.length <= tokensMax) return input
  // An estimate is no reason to refuse: the model server decides.
  if (tokens === undefined) return input
  if (action === 'refuse') throw overlongInput(field, tokensMax, { tokens: tokens.length })
  return { ...input, content: await upstream.cut(tokens, tokensMax, signal) }
}

/** Nothing is being counted any more when it ends, also where one input ends it for all. */
async function fitAll(
  inputs: readonly EmbeddingsInput[],
  signal: AbortSignal,
  fitOne: (input: EmbeddingsInput, signal: AbortSignal) => Promise<EmbeddingsInput>,
): Promise<Map<EmbeddingsInput, EmbeddingsInput>> {
  const fitted = new Map<EmbeddingsInput, EmbeddingsInput>()
  const broken = new AbortController()
  const either = AbortSignal.any([signal, broken.signal])
  // Not the list's own iterator, which would go on for the others where one has failed.
  const rest = inputs.values().map((input) => input)
  async function work(): Promise<void> {
    try {
      for (const input of rest) fitted.set(input, await fitOne(input, either))
    } catch (thrown) {
      // The first is what is told.
      broken.abort(thrown)
    }
  }
  await Promise.all(Array.from({ length: countedAtOnce }, work))
  broken.signal.throwIfAborted()
  return fitted
}
