import { setTimeout as wait } from 'node:timers/promises'
import type { ChatMessage, ChatRequest } from '../../src/chat/chat-request.ts'

export interface TalkPlan {
  readonly talks: number
  readonly turns: number
  /** How many go on at the same time. */
  readonly clients: number
  /** Between an answer and the next turn, at most. */
  readonly pauseMs: number
  /** The share of talks, from 0 to 1, that begin with the very same words. */
  readonly alike: number
}

/** Asks, and resolves with what was answered. */
export type AskTalk = (request: ChatRequest) => Promise<string>

const systems = ['You help with a shop.', 'You explain code.', 'You are a patient teacher.'].map(
  (sentence) => `${sentence} ${lorem(150)}`,
)
const answerWords = 60

/** Conversations that grow turn by turn, so many at a time; the same for every policy. */
export async function runTalks(plan: TalkPlan, ask: AskTalk): Promise<void> {
  let begun = 0
  async function talkOnAndOn(): Promise<void> {
    while (begun < plan.talks) await runTalk(begun++, plan, ask)
  }
  await Promise.all(Array.from({ length: plan.clients }, talkOnAndOn))
}

async function runTalk(talk: number, { turns, pauseMs, alike }: TalkPlan, ask: AskTalk): Promise<void> {
  const random = createRandom(talk)
  const isAlike = random() < alike
  const system = systems[isAlike ? 0 : talk % systems.length] ?? ''
  const messages: ChatMessage[] = [{ role: 'system', content: system }]
  for (let turn = 0; turn < turns; turn++) {
    const words = isAlike && turn === 0 ? 'Hello, what can you do?' : `In talk ${talk}, turn ${turn}: ${lorem(40)}`
    messages.push({ role: 'user', content: `[[words ${answerWords}]] ${words}` })
    const content = await ask({
      messages: [...messages],
      max_completion_tokens: 200,
      chat_template_kwargs: { enable_thinking: false },
    })
    messages.push({ role: 'assistant', content })
    await wait(pauseMs * random())
  }
}

function lorem(words: number): string {
  return Array.from({ length: words }, (_, index) => `word${(index * 7919) % 1000}`).join(' ')
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed + 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
