import { type FailureKind, GatewayError } from '../chat/gateway-error.ts'
import type { ChatUpstream } from '../chat/serve-chat.ts'

/** A model server's answers, watched by their ends. */
export interface AnswerWatch {
  /** True while the last answers all failed, whatever the server says of its models. */
  readonly failing: boolean
  /** Looks at how an answer ends; the signal is that of whoever waits for it, and `hasBegun` tells whether anything came. */
  watch<Answer>(answer: Promise<Answer>, signal: AbortSignal, hasBegun?: () => boolean): Promise<Answer>
}

export interface WatchedUpstream extends ChatUpstream, Pick<AnswerWatch, 'failing'> {}

/** One may be its own request's fault, and one after it a repetition of it. */
const failuresMax = 3

/**
 * vLLM lists its models also when its engine is dead: only the ends of answers tell. `onChange` is told once when answers
 * begin to fail, and once when one succeeds again.
 */
export function createAnswerWatch(onChange: (failing: boolean, cause: unknown) => void): AnswerWatch {
  let failures = 0

  function noteSuccess(): void {
    const recovered = failures >= failuresMax
    failures = 0
    if (recovered) onChange(false, undefined)
  }

  function noteFailure(thrown: unknown): void {
    if (isServersFault(thrown) && ++failures === failuresMax) onChange(true, thrown)
  }

  return {
    get failing() {
      return failures >= failuresMax
    },
    async watch(answer, signal, hasBegun = () => false) {
      try {
        const answered = await answer
        noteSuccess()
        return answered
      } catch (thrown) {
        // Whatever breaks when a caller leaves is not the server's fault; that nobody could wait for its first word is.
        if (!signal.aborted) noteFailure(thrown)
        else if (!hasBegun()) noteFailure(signal.reason)
        throw thrown
      }
    },
  }
}

export function watchAnswers(
  upstream: ChatUpstream,
  onChange: (failing: boolean, cause: unknown) => void,
): WatchedUpstream {
  const answers = createAnswerWatch(onChange)
  return {
    get failing() {
      return answers.failing
    },
    answer(request, visit, deliver) {
      const { entry, signal } = visit
      return answers.watch(upstream.answer(request, visit, deliver), signal, () => entry.firstTokenMs !== undefined)
    },
  }
}

const serversFaults: ReadonlySet<FailureKind> = new Set(['upstream-failed', 'upstream-unavailable', 'timeout'])

/** What a request or its caller is to blame for says nothing of the server. */
function isServersFault(thrown: unknown): boolean {
  return thrown instanceof GatewayError && serversFaults.has(thrown.kind)
}
