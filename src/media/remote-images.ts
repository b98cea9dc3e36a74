import { setTimeout as wait } from 'node:timers/promises'
import { bounds } from '../chat/bounds.ts'
import type { ChatMessage, ChatRequest, ContentPart, ImagePart, RemoteImagePart } from '../chat/chat-request.ts'
import { countParts } from '../chat/count-parts.ts'
import { invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Media } from '../chat/serve-chat.ts'
import { readBoundedImage } from '../wire/bounded-image.ts'
import type { FetchBytes } from './fetch-bytes.ts'
import type { FetchTurns } from './fetch-turns.ts'

export interface RemoteImagesParts {
  readonly fetchBytes: FetchBytes
  readonly turns: FetchTurns
  /** A failure is told no sooner, so that its time does not tell what it was. */
  readonly failureMinMs: number
}

/** Puts images that a request names by address into it, by the rules for those that came inside. */
export function createRemoteImages({ fetchBytes, turns, failureMinMs }: RemoteImagesParts): Media {
  async function fetchImage({ url, field }: RemoteImagePart, keyId: string, signal: AbortSignal): Promise<ImagePart> {
    const endTurn = await turns.take(keyId, signal)
    const soonest = performance.now() + failureMinMs
    try {
      return toPart(await fetchBytes(url, signal), field)
    } catch (thrown) {
      await wait(Math.max(0, soonest - performance.now()), undefined, { signal })
      throw thrown instanceof GatewayError ? thrown : unfetched(field, thrown)
    } finally {
      endTurn()
    }
  }

  /** The first failure ends what is still being fetched. */
  async function fetchAll(parts: readonly RemoteImagePart[], keyId: string, signal: AbortSignal) {
    const others = new AbortController()
    const limited = AbortSignal.any([signal, others.signal])
    const wanted = new Map(parts.map((part) => [part.url, part]))
    const fetchOne = async (part: RemoteImagePart) => [part.url, await fetchImage(part, keyId, limited)] as const
    try {
      return new Map(await Promise.all([...wanted.values()].map(fetchOne)))
    } finally {
      others.abort()
    }
  }

  async function inlineAll(request: ChatRequest, keyId: string, signal: AbortSignal): Promise<ChatRequest> {
    const images = await fetchAll(remoteParts(request), keyId, signal)
    const inlinePart = (part: ContentPart) => (part.type === 'remote_image' ? (images.get(part.url) ?? part) : part)
    return { ...request, messages: request.messages.map((message) => inlineParts(message, inlinePart)) }
  }

  return {
    inline(request, { caller, signal }) {
      if (countParts(request.messages, 'remote_image') === 0) return request
      return inlineAll(request, caller.keyId, signal)
    },
  }
}

function remoteParts({ messages }: ChatRequest): RemoteImagePart[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : (content ?? []).filter((part) => part.type === 'remote_image'),
  )
}

function inlineParts(message: ChatMessage, inlinePart: (part: ContentPart) => ContentPart): ChatMessage {
  if (message.role !== 'user' && message.role !== 'tool') return message
  return typeof message.content === 'string' ? message : { ...message, content: message.content.map(inlinePart) }
}

function toPart(bytes: Buffer, field: string): ImagePart {
  const image = readBoundedImage(bytes, bounds)
  if ('found' in image) throw invalidField(field, image.found, image.wanted)
  return { type: 'image_url', image_url: { url: `data:image/${image.format};base64,${bytes.toString('base64')}` } }
}

/** The same words whatever it was: a caller must not learn what answers inside the owner's network. */
function unfetched(field: string, cause: unknown): GatewayError {
  const message = `\`${field}\`: the image could not be fetched; send it as a data: URL.`
  return new GatewayError('invalid-request', message, { field, cause })
}
