import { randomUUID } from 'node:crypto'
import type { Faults } from '../faults/fault.ts'
import { type ChatBody, readChatBody } from '../request/chat-body.ts'
import { checkContext, checkPromptText } from '../request/check-context.ts'
import { checkSampling } from '../request/check-sampling.ts'
import { readConversation, type Turn } from '../request/conversation.ts'
import { type Prompt, type PromptText, renderPrompt, writePrompt } from '../request/prompt.ts'
import type { Json } from '../request/read-field.ts'
import { badRequest, unknownModel, type VllmError } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { type Directives, directingText, noDirectives, readDirectives } from './directives.ts'
import type { Generation } from './generation.ts'
import { planGeneration } from './plan-generation.ts'

/** A chat request that vLLM has accepted. */
export interface ChatJob {
  /** `chatcmpl-…`, after the caller's request id if there is one. */
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  readonly body: ChatBody
  readonly prompt: Prompt
  /** How much of the prompt the prefix cache had; known once it runs. */
  cachedTokens: number
  readonly maxTokens: number
  readonly faults: Faults
  readonly generations: readonly Generation[]
  readonly options: SimulatorOptions
}

export interface JobParts {
  /** The body as it was sent. */
  readonly sent: unknown
  readonly requestId: string | undefined
  readonly faults: Faults
  readonly options: SimulatorOptions
  readonly weightsLost: boolean
  /** How many times the same was asked, this time included. */
  readonly tries: () => number
}

/**
 * Reads and checks a request in vLLM's order: fields, model, prompt and context, sampling.
 * @throws VllmError
 */
export function createChatJob(parts: JobParts): ChatJob {
  const { sent, requestId, faults: planned, options, weightsLost } = parts
  const body = readChatBody(sent)
  checkModel(body, options)
  const turns = readConversation(body.messages, options.maxImages)
  const thinking = isThinking(body, options)
  const text = promptText(body, turns, thinking)
  checkPromptText(body, text, options.maxModelLen)
  const prompt = renderPrompt(text)
  const maxTokens = checkContext(body, prompt, options.maxModelLen)
  checkSampling(body, maxTokens, options.maxChoices)
  const directed = directedTurns(turns, parts.tries)
  const directives = directivesOf(directed)
  const faults: Faults = directives.faults.length > 0 ? new Map([...planned, ...directives.faults]) : planned
  const tools = body.tool_choice === 'none' || !options.toolCallParser ? [] : (body.tools ?? [])
  const scene = { body, turns: directed.turns, directives, thinking, tools, weightsLost }
  const limits = { maxTokens, faults, reasoningParser: options.reasoningParser }
  const generations = Array.from({ length: body.n ?? 1 }, (_, choice) => planGeneration(scene, choice, limits))
  const id = `chatcmpl-${requestId ?? body.request_id ?? randomUUID().replaceAll('-', '')}`
  const created = Math.floor(Date.now() / 1000)
  return { id, created, body, prompt, cachedTokens: 0, maxTokens, faults, generations, options }
}

function checkModel(body: ChatBody, options: SimulatorOptions): void {
  if (body.model !== null && body.model !== '' && body.model !== options.model) throw unknownModel(body.model)
  const auto = body.tools !== null && (body.tool_choice ?? 'auto') === 'auto'
  if (!auto || options.toolCallParser) return
  throw badRequest('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
}

interface DirectedTurns {
  /** Of what a `[[try N]]` divides only the part for this time. */
  readonly turns: readonly Turn[]
  /** The one that may direct. */
  readonly directing: Turn | undefined
}

/**
 * Only the caller's newest words direct; once tools have answered, they have been followed. Where it is asked for the
 * second time, what was added since is not the caller's.
 */
function directedTurns(turns: readonly Turn[], triesOf: () => number): DirectedTurns {
  const at = turns.findLastIndex(({ role, text }) => role === 'user' && text.includes('[[try '))
  const divided = turns[at]
  if (divided === undefined) return { turns, directing: newest(turns) }
  const tries = triesOf()
  const directed = turns.with(at, { ...divided, text: directingText(divided.text, tries) })
  return { turns: directed, directing: tries > 1 ? directed[at] : newest(directed) }
}

/** What a system says behind it does not count: Claude Code lets it speak after its user. */
function newest(turns: readonly Turn[]): Turn | undefined {
  return turns.findLast(({ role }) => role !== 'system')
}

function directivesOf({ directing }: DirectedTurns): Directives {
  return directing?.role === 'user' ? readDirectives(directing.text) : noDirectives
}

export function isThinking(
  body: Pick<ChatBody, 'chat_template_kwargs' | 'reasoning_effort'>,
  options: Pick<SimulatorOptions, 'enableThinking'>,
): boolean {
  const asked = body.chat_template_kwargs?.['enable_thinking']
  if (asked !== undefined && asked !== null) return Boolean(asked)
  return body.reasoning_effort === null ? options.enableThinking : body.reasoning_effort !== 'none'
}

export function promptText(body: ChatBody, turns: readonly Turn[], thinking: boolean): PromptText {
  // `--exclude-tools-when-tool-choice-none`
  const declared: readonly Json[] = body.tool_choice === 'none' ? [] : (body.tools ?? []).map((tool) => tool.sent)
  return writePrompt({ turns, tools: declared, thinking, generationPrompt: body.add_generation_prompt ?? true })
}

const topLogprobsMax = 20
const vocabularySize = 262_144

/** What only the engine notices: a whole reply is refused for it, a stream fails inside its 200. */
export function engineObjection({ body }: ChatJob): VllmError | undefined {
  if (!body.logprobs) return undefined
  const top = body.top_logprobs === -1 ? vocabularySize : (body.top_logprobs ?? 0)
  if (top <= topLogprobsMax) return undefined
  const message = `Requested sample logprobs of ${top}, which is greater than max allowed: ${topLogprobsMax}`
  return badRequest(message, 'logprobs', top)
}
