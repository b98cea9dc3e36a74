import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { jsonSchema, type LanguageModel, streamText, type ToolSet, tool } from 'ai'
import OpenAI from 'openai'
import { parseArguments } from './speakers/openai-words.ts'
import { time, weather } from './stories.ts'
import type { ToldCall } from './story.ts'

/** What a stream says in an SDK's reading. */
interface Reading {
  readonly text: string
  readonly calls: readonly Omit<ToldCall, 'id'>[]
}

/** An SDK that is given the bytes of a stream as its server's answer. Rejects as the SDK does. */
export interface SdkReader {
  readonly name: string
  /** The name of the speaker whose streams it reads. */
  readonly dialect: string
  read(stream: string): Promise<Reading>
}

const model = 'gemma4'
const apiKey = 'key'
const baseURL = 'http://127.0.0.1/v1'
const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
const says = [{ role: 'user' as const, content: 'Hi' }]

function replay(stream: string): typeof fetch {
  return async () => new Response(stream, { headers })
}

function openai(stream: string): OpenAI {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, fetch: replay(stream) })
}

async function readChat(stream: string): Promise<Reading> {
  const { choices } = await openai(stream).chat.completions.stream({ model, messages: says }).finalChatCompletion()
  const message = choices[0]?.message
  const calls = (message?.tool_calls ?? []).flatMap((call) => {
    return call.type === 'function' ? [{ name: call.function.name, args: parseArguments(call.function.arguments) }] : []
  })
  return { text: message?.content ?? '', calls }
}

async function readResponse(stream: string): Promise<Reading> {
  const response = await openai(stream).responses.stream({ model, input: 'Hi' }).finalResponse()
  if (response.status === 'failed') throw new Error(response.error?.message)
  const calls = response.output.flatMap((item) => {
    return item.type === 'function_call' ? [{ name: item.name, args: parseArguments(item.arguments) }] : []
  })
  return { text: response.output_text, calls }
}

async function readMessage(stream: string): Promise<Reading> {
  const client = new Anthropic({ baseURL: 'http://127.0.0.1', apiKey, maxRetries: 0, fetch: replay(stream) })
  const { content } = await client.messages.stream({ model, max_tokens: 9, messages: says }).finalMessage()
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    calls: content.flatMap((block) => (block.type === 'tool_use' ? [{ name: block.name, args: block.input }] : [])),
  }
}

const tools: ToolSet = Object.fromEntries(
  [weather, time].map(({ name, description, properties }) => [
    name,
    tool({ description, inputSchema: jsonSchema<object>({ type: 'object', properties }) }),
  ]),
)

/** Vercel's SDK, which checks every event against schemas of its own. */
function readByAiSdk(modelOf: (parts: { apiKey: string; baseURL: string; fetch: typeof fetch }) => LanguageModel) {
  return async (stream: string): Promise<Reading> => {
    const parts = { apiKey, baseURL, fetch: replay(stream) }
    const result = streamText({ model: modelOf(parts), tools, prompt: 'Hi', maxRetries: 0, onError: () => undefined })
    let text = ''
    const calls: Reading['calls'][number][] = []
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'text-delta') text += part.text
      else if (part.type === 'tool-call') calls.push({ name: part.toolName, args: part.input })
    }
    return { text, calls }
  }
}

export const sdkReaders: readonly SdkReader[] = [
  { name: 'openai', dialect: 'openai-chat', read: readChat },
  { name: 'openai', dialect: 'openai-responses', read: readResponse },
  { name: '@anthropic-ai/sdk', dialect: 'anthropic-messages', read: readMessage },
  {
    name: '@ai-sdk/openai',
    dialect: 'openai-chat',
    read: readByAiSdk((parts) => createOpenAI(parts).chat(model)),
  },
  {
    name: '@ai-sdk/openai-compatible',
    dialect: 'openai-chat',
    read: readByAiSdk((parts) => createOpenAICompatible({ ...parts, name: 'gateway' })(model)),
  },
  {
    name: '@ai-sdk/openai',
    dialect: 'openai-responses',
    read: readByAiSdk((parts) => createOpenAI(parts).responses(model)),
  },
  {
    name: '@ai-sdk/anthropic',
    dialect: 'anthropic-messages',
    read: readByAiSdk((parts) => createAnthropic(parts)(model)),
  },
  {
    name: '@ai-sdk/google',
    dialect: 'gemini',
    read: readByAiSdk((parts) => createGoogleGenerativeAI(parts)(model)),
  },
]
