import type { ChatBody, Tool } from '../request/chat-body.ts'
import type { Turn } from '../request/conversation.ts'
import { pythonJson } from '../request/python-text.ts'
import type { Directives } from './directives.ts'
import { createEffort, type Effort } from './effort.ts'
import { sampleValue } from './sample-value.ts'

/** What one choice is going to say, before it is cut into tokens. */
export interface Script {
  readonly reasoning: string
  readonly content: string
  readonly calls: readonly ScriptedCall[]
  /** Everything in one delta. */
  readonly merge: boolean
}

export interface ScriptedCall {
  readonly name: string
  readonly arguments: string
}

/** What a reply is written from. */
export interface Scene {
  readonly body: ChatBody
  readonly turns: readonly Turn[]
  readonly directives: Directives
  readonly thinking: boolean
  /** The tools that may be called; none where calls are not looked for. */
  readonly tools: readonly Tool[]
  /** After a sleep at level 2 nobody has loaded the weights again. */
  readonly weightsLost: boolean
}

/** Writes the script of one choice: the client's directives first, else an answer that says that it is simulated. */
export function writeScript(scene: Scene, choice: number): Script {
  const { directives } = scene
  const calls = writeCalls(scene)
  return {
    reasoning: directives.reasoning ?? (scene.thinking ? writeReasoning(scene) : ''),
    content: directives.content ?? (calls.length > 0 ? '' : writeContent(scene, choice)),
    calls,
    merge: directives.merge,
  }
}

function writeCalls({ turns, directives, tools }: Scene): readonly ScriptedCall[] {
  if (tools.length === 0) return []
  const effort = createEffort()
  if (directives.calls.length > 0) return directives.calls.map((call) => completeCall(call, tools, effort))
  if (turns.at(-1)?.role === 'tool') return []
  const asked = lastUserText(turns)
  return tools
    .map((tool) => ({ tool, position: positionOfWord(asked, tool.name) }))
    .filter(({ position }) => position !== -1)
    .sort((left, right) => left.position - right.position)
    .map(({ tool }) => completeCall({ name: tool.name, arguments: null }, tools, effort))
}

function completeCall(call: Directives['calls'][number], tools: readonly Tool[], effort: Effort): ScriptedCall {
  if (call.arguments !== null) return { name: call.name, arguments: call.arguments }
  const schema = tools.find((tool) => tool.name === call.name)?.parameters
  const sample = schema === null || schema === undefined ? {} : sampleValue({ type: 'object', ...schema }, effort)
  return { name: call.name, arguments: pythonJson(sample ?? {}) }
}

function positionOfWord(text: string, word: string): number {
  if (word === '') return -1
  const isPartOfName = (character: string) => /[\w-]/.test(character)
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!isPartOfName(text.charAt(at - 1)) && !isPartOfName(text.charAt(at + word.length))) return at
  }
  return -1
}

function writeReasoning({ turns }: Scene): string {
  const words = countWords(lastUserText(turns))
  return `Simulated thinking: the last message has ${amount(words, 'word')}, so I repeat and count it.`
}

function writeContent(scene: Scene, choice: number): string {
  if (scene.weightsLost) return 'unused unused unused unused'
  const format = scene.body.response_format
  if (format?.type === 'json_schema') return pythonJson(sampleValue(format.schema))
  const results = toolResults(scene.turns)
  if (format?.type === 'json_object') return pythonJson({ simulated: true, ...countTurns(scene.turns) })
  const label = (scene.body.n ?? 1) > 1 ? ` ${choice + 1} of ${scene.body.n}` : ''
  const said =
    results.length > 0 ? `the tools said ${results.join(', ')}` : `you said ${quote(lastUserText(scene.turns))}`
  const { messages, words, images, audios } = countTurns(scene.turns)
  const heard = audios === 0 ? '' : `, ${amount(audios, 'sound')}`
  const counts = `${amount(messages, 'message')}, ${amount(words, 'word')}, ${amount(images, 'image')}${heard}`
  return `Simulated reply${label}: ${said} (${counts}).`
}

/** What the tools answered since the model last spoke, by the names they were called by. */
function toolResults(turns: readonly Turn[]): string[] {
  const lastOther = turns.findLastIndex((turn) => turn.role !== 'tool')
  const calls = turns[lastOther]?.toolCalls ?? []
  return turns.slice(lastOther + 1).map((turn) => {
    const name = calls.find((call) => call.id === turn.toolCallId)?.name ?? turn.toolCallId ?? 'tool'
    return `${name} ${quote(turn.text)}`
  })
}

interface TurnCounts {
  readonly messages: number
  readonly words: number
  readonly images: number
  readonly audios: number
}

function countTurns(turns: readonly Turn[]): TurnCounts {
  const images = turns.reduce((sum, turn) => sum + turn.images, 0)
  const audios = turns.reduce((sum, turn) => sum + turn.audios, 0)
  return { messages: turns.length, words: countWords(lastUserText(turns)), images, audios }
}

function lastUserText(turns: readonly Turn[]): string {
  return turns.findLast((turn) => turn.role === 'user')?.text ?? ''
}

const quotedMax = 1000

function quote(text: string): string {
  const short = text.length > quotedMax ? `${text.slice(0, quotedMax).toWellFormed()}…` : text
  return `"${short}"`
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
