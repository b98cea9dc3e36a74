import type { Answer } from '../../client/answer.ts'
import { ask, type Listener } from '../../client/ask.ts'
import type { Image, Turn } from '../../client/conversation.ts'
import type { Server } from '../../client/server.ts'
import type { ChatFlags } from './chat-flags.ts'

/** A conversation as it stands, and with whom. */
export interface Talk {
  readonly server: Server
  readonly dialect: ChatFlags['dialect']
  readonly model: string
  readonly tokensMax: number | undefined
  turns: readonly Turn[]
  system: string | undefined
  thinking: boolean | undefined
  /** What goes with the next message. */
  images: readonly Image[]
}

/**
 * Says the next thing. It only becomes part of the conversation when something was answered, so that a message that
 * failed can be said again. Throws ClientError.
 */
export async function say(talk: Talk, text: string, listener: Listener): Promise<Answer> {
  const { server, model, turns, system, thinking, tokensMax, images } = talk
  const said: Turn = { role: 'user', text, images }
  const answer = await ask(server, model, { turns: [...turns, said], system, thinking, tokensMax }, listener)
  if (answer.text !== '') {
    talk.turns = [...turns, said, { role: 'assistant', text: answer.text, images: [] }]
    talk.images = []
  }
  return answer
}
