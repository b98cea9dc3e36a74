import type { Visit } from '../chat/visit.ts'
import { ownerOf } from '../sharing/owner-of.ts'
import type { EmbeddingsInput, EmbeddingsReply, EmbeddingsRequest, InputContent } from './embeddings-request.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { shortenVector } from './shorten-vector.ts'

/** One input on its way to the model. */
export interface BatchItem {
  readonly asking: Asking
  /** Among the inputs of its request. */
  readonly index: number
  readonly input: EmbeddingsInput
  readonly content: InputContent
  /** By estimate. */
  readonly tokens: number
}

/** What of a request's inputs was answered, and for how many tokens. */
interface Answered {
  readonly items: readonly BatchItem[]
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
  readonly isExact: boolean
}

/** A request whose inputs wait, are with the model, or are answered. */
export interface Asking {
  readonly done: Promise<EmbeddingsReply>
  /** Whose it is. */
  readonly owner: string
  isOver(): boolean
  isBegun(): boolean
  /** Whether it would rather have an input cut than refused. */
  readonly cuts: boolean
  /** Monotonic milliseconds. */
  readonly since: number
  /** Inputs that are not sent yet, and their tokens by estimate. */
  left(): number
  tokensLeft(): number
  /** The next inputs: at least one, and as many as fit. */
  take(inputsMax: number, tokensMax: number): readonly BatchItem[]
  note(answered: Answered): void
  fail(thrown: unknown): void
}

/** `onOver` is called once, however it ends. */
export function openAsking(
  { inputs, overlong }: EmbeddingsRequest,
  visit: Visit,
  { since, onOver }: { readonly since: number; onOver(asking: Asking): void },
): Asking {
  const { entry } = visit
  const estimates = inputs.map(({ content }) => estimateTokens(content))
  const vectors: Float32Array[] = []
  const { promise: done, resolve, reject } = Promise.withResolvers<EmbeddingsReply>()
  let next = 0
  let tokensLeft = estimates.reduce((sum, tokens) => sum + tokens, 0)
  let missing = inputs.length
  let promptTokens = 0
  let tokensSent = 0
  let isExact = true
  let isOver = false

  function end(): boolean {
    if (isOver) return false
    isOver = true
    onOver(asking)
    return true
  }

  /** What is with the model counts by estimate, should its answer not come. */
  function noteSent(tokens: number): void {
    tokensSent += tokens
    entry.noteAsked(() => tokensSent)
  }

  function begin(): void {
    if (next === 0) entry.noteAdmitted()
  }

  function keep(vector: Float32Array | undefined, index: number, { dimensions }: EmbeddingsInput): void {
    if (vector !== undefined) vectors[index] = shortenVector(vector, dimensions)
  }

  function noteAnswered(answered: Answered): void {
    missing -= answered.items.length
    promptTokens += answered.promptTokens
    isExact &&= answered.isExact
    const usage = { promptTokens, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }
    entry.noteUsage(isExact ? usage : { ...usage, estimated: true })
    noteSent(-answered.items.reduce((sum, { tokens }) => sum + tokens, 0))
  }

  const asking: Asking = {
    done,
    owner: ownerOf(visit),
    cuts: overlong.action === 'cut',
    since,
    isOver: () => isOver,
    isBegun: () => next > 0,
    left: () => inputs.length - next,
    tokensLeft: () => tokensLeft,
    take(inputsMax, tokensMax) {
      begin()
      const items: BatchItem[] = []
      let taken = 0
      for (const input of inputs.slice(next, next + inputsMax)) {
        const tokens = estimates[next] ?? 0
        if (items.length > 0 && taken + tokens > tokensMax) break
        items.push({ asking, index: next, input, content: input.content, tokens })
        taken += tokens
        next++
      }
      tokensLeft -= taken
      noteSent(taken)
      return items
    },
    note(answered) {
      if (isOver) return
      noteAnswered(answered)
      try {
        // Here, where a batch has few of them: those of a whole request would hold up everybody else.
        for (const [at, { index, input }] of answered.items.entries()) keep(answered.vectors[at], index, input)
      } catch (thrown) {
        asking.fail(thrown)
      }
      if (missing === 0 && end()) resolve({ vectors, promptTokens })
    },
    fail(thrown) {
      if (end()) reject(thrown)
    },
  }
  return asking
}
