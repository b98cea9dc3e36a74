import { jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { noFaults } from '../faults/fault.ts'
import { createChatJob, isThinking, promptText } from '../reply/chat-job.ts'
import { type ChatBody, readChatBody } from '../request/chat-body.ts'
import { readConversation } from '../request/conversation.ts'
import { renderPrompt } from '../request/prompt.ts'
import { isJson } from '../request/read-field.ts'
import { tokenId, tokenize } from '../request/tokenizer.ts'
import { unknownModel } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'

/** Counts without any limit; what it is told of tool choice, effort and format it does not look at. */
export async function answerTokenize(exchange: Exchange, options: SimulatorOptions): Promise<void> {
  const sent = isJson(exchange.body) ? exchange.body : {}
  const model = sent['model']
  if (typeof model === 'string' && model !== options.model) throw unknownModel(model)
  const { tokens, count } =
    typeof sent['prompt'] === 'string' ? plainTokens(sent['prompt']) : chatTokens(exchange.body, options)
  const strings = sent['return_token_strs'] === true ? tokens : null
  const ids = tokens.map(tokenId)
  const reply = { count, max_model_len: options.maxModelLen, tokens: ids, token_strs: strings }
  await sendAnswer(exchange, jsonAnswer(JSON.stringify(reply)))
}

interface Tokens {
  readonly tokens: readonly string[]
  readonly count: number
}

function plainTokens(text: string): Tokens {
  const tokens = ['<bos>', ...tokenize(text)]
  return { tokens, count: tokens.length }
}

function chatTokens(sent: unknown, options: SimulatorOptions): Tokens {
  const body: ChatBody = { ...readChatBody(sent), tool_choice: null, reasoning_effort: null }
  const turns = readConversation(body.messages, options.maxImages)
  const { tokens, count } = renderPrompt(promptText(body, turns, isThinking(body, options)))
  // A media mark stands for as many tokens as its media have.
  const media = Array.from({ length: count - tokens.length }, () => '<|image|>')
  return { tokens: [...tokens, ...media], count }
}

/** The test oracle: what a chat request would be generated from. */
export async function answerRender(exchange: Exchange, options: SimulatorOptions): Promise<void> {
  const job = createChatJob({
    sent: exchange.body,
    requestId: undefined,
    faults: noFaults,
    options,
    weightsLost: false,
    tries: () => 1,
  })
  const { body } = job
  const reply = {
    request_id: job.id,
    token_ids: job.prompt.tokens.map(tokenId),
    sampling_params: {
      n: body.n ?? 1,
      presence_penalty: body.presence_penalty ?? 0,
      frequency_penalty: body.frequency_penalty ?? 0,
      repetition_penalty: body.repetition_penalty ?? 1,
      temperature: body.temperature ?? 1,
      top_p: body.top_p ?? 0.95,
      top_k: body.top_k ?? 64,
      min_p: body.min_p ?? 0,
      seed: body.seed,
      stop: body.stop ?? [],
      max_tokens: job.maxTokens,
      logprobs: body.logprobs ? (body.top_logprobs ?? 0) : null,
    },
    model: options.model,
    stream: body.stream ?? false,
  }
  await sendAnswer(exchange, jsonAnswer(JSON.stringify(reply)))
}
