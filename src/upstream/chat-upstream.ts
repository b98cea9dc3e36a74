import { addUsage } from '../chat/chat-event.ts'
import type { ChatRequest } from '../chat/chat-request.ts'
import type { GatewayError } from '../chat/gateway-error.ts'
import type { ChatUpstream, DeliverEvents } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import type { AnswerBody } from './answer-body.ts'
import { planAnswer, type ThinkingOnly } from './answer-rules.ts'
import { buildVllmRequest } from './build-vllm-request.ts'
import { conversationBeginning } from './conversation-beginning.ts'
import { type Coming, type DeadlineLimits, type Deadlines, startDeadlines } from './deadlines.ts'
import { type ChunkDecoder, createChunkDecoder, nonsense, noUsage } from './decode-chunk.ts'
import { readProgress } from './engine-progress.ts'
import { estimatePrompt } from './estimate-prompt.ts'
import { keepToRules } from './keep-to-rules.ts'
import type { ModelCards } from './model-cards.ts'
import type { ModelServers } from './model-servers.ts'
import { readStream, readWhole } from './read-answer.ts'
import { createChunkReaders } from './read-chunk.ts'
import { createTimeBoxes } from './time-box.ts'
import { failureOfBreak, failureOfStatus } from './vllm-failure.ts'
import type { VllmAnswer } from './vllm-server.ts'

export interface ChatUpstreamParts {
  readonly servers: ModelServers
  readonly modelCards: ModelCards
  readonly limits: DeadlineLimits
  /** Fits a request that vLLM found too long after all; throws `context-overflow` with the true count. */
  fitExactly(request: ChatRequest, signal: AbortSignal): Promise<ChatRequest>
  /** What becomes of an answer that is only thought. */
  readonly thinkingOnly: ThinkingOnly
}

const chatPath = '/v1/chat/completions'
/** Checking the answers to one request may hold everything else up this long in all. */
const checkMs = 100
/** Error bodies are read this far, in bytes. */
const errorBodyMax = 65_536

/** Asks vLLM, and tells its answer as clean events. */
export function createChatUpstream(parts: ChatUpstreamParts): ChatUpstream {
  const { servers, modelCards, limits, fitExactly, thinkingOnly } = parts
  const openTimeBox = createTimeBoxes(checkMs)
  const openChunkReader = createChunkReaders()

  async function ask(request: ChatRequest, visit: Visit): Promise<VllmAnswer> {
    const card = modelCards.current()
    const { model } = card instanceof Promise ? await card : card
    const body = buildVllmRequest(request, model, visit.streamed)
    const prefix = () => conversationBeginning(request)
    const onAsk = (url: string) => {
      visit.upstream = url
    }
    return servers.ask({ method: 'POST', path: chatPath, body, requestId: visit.id, prefix, onAsk }, visit.signal)
  }

  function comingOf(visit: Visit): Coming {
    return visit.streamed ? 'streamed' : { readProgress: () => progressOf(visit) }
  }

  /** Of the server that was asked last. */
  async function progressOf({ upstream, signal }: Visit): Promise<number | undefined> {
    const asked = servers.all.find(({ server }) => server.url === upstream) ?? servers.all[0]
    return asked && readProgress(asked.server, signal)
  }

  /** The estimate of a prompt may be too low: then the model's own count decides, once. */
  async function fitSmaller(refused: VllmAnswer, request: ChatRequest, visit: Visit): Promise<ChatRequest> {
    const refusal = await refusalOf(refused)
    if (refusal.kind !== 'context-overflow') throw refusal
    const smaller = await fitExactly(request, visit.signal)
    visit.entry.noteMaxTokens(smaller.max_completion_tokens)
    return smaller
  }

  async function askSmaller(smaller: ChatRequest, visit: Visit): Promise<VllmAnswer> {
    const answer = await ask(smaller, visit)
    if (answer.status === 200) return answer
    throw await refusalOf(answer)
  }

  async function answerOnce(
    request: ChatRequest,
    visit: Visit,
    deadlines: Deadlines,
    deliver: DeliverEvents,
  ): Promise<void> {
    const { entry, streamed } = visit
    const spentBefore = entry.usage
    const account = () => entry.noteUsage(addUsage(spentBefore, decoder?.usage() ?? noUsage))
    let asked = request
    let answer: VllmAnswer | undefined
    let decoder: ChunkDecoder | undefined
    entry.noteAsked(() => estimatePrompt(request))
    try {
      answer = await ask(request, visit)
      if (answer.status !== 200) {
        asked = await fitSmaller(answer, request, visit)
        answer = await askSmaller(asked, visit)
      }
      decoder = decoderOf(asked)
      const take: DeliverEvents = (events) => {
        account()
        return deadlines.around(deliver(events))
      }
      if (streamed) await readStream(streamOf(answer), openChunkReader(), decoder, take)
      else await readWhole(answer.body, decoder, take)
    } catch (thrown) {
      account()
      const failure = failureOfBreak(thrown)
      answer?.body.destroy(failure)
      throw failure
    } finally {
      answer?.body.destroy()
    }
  }

  return {
    async answer(asked, visit, deliver) {
      const { request, rules } = planAnswer(asked, thinkingOnly)
      const deadlines = startDeadlines(limits, comingOf(visit), (failure) => visit.abort(failure))
      let answers = 0
      const ask = (wanted: ChatRequest, take: DeliverEvents) => {
        if (answers++ > 0) deadlines.askAgain()
        return answerOnce(wanted, visit, deadlines, take)
      }
      try {
        if (rules === undefined) await ask(request, deliver)
        else await keepToRules({ request, rules }, { deliver, ask, timeBox: openTimeBox() })
      } finally {
        deadlines.stop()
      }
    },
  }
}

function decoderOf({ n, parallel_tool_calls: parallel, max_completion_tokens: tokensMax }: ChatRequest): ChunkDecoder {
  return createChunkDecoder({ choices: n ?? 1, firstCallOnly: parallel === false, tokensMax })
}

function streamOf({ contentType, body }: VllmAnswer): AnswerBody {
  if (contentType.toLowerCase().startsWith('text/event-stream')) return body
  throw nonsense('something that is not a stream')
}

async function refusalOf(answer: VllmAnswer): Promise<GatewayError> {
  const text = await answer.body.text(errorBodyMax)
  const param = /"param":\s*"(\w+)"/.exec(text)?.[1]
  return failureOfStatus(answer.status, text, param)
}
