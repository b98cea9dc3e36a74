import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ChatMessage } from '../chat/chat-request.ts'
import { countImages } from '../chat/count-images.ts'
import { countParts } from '../chat/count-parts.ts'
import { invalidField } from '../chat/describe-mismatch.ts'

/** Holds a whole conversation to the media that the owner allows. Throws GatewayError naming `field`, the messages'. */
export function checkMediaCounts(messages: readonly ChatMessage[], field: string, policy: ChatPolicy): void {
  const images = countImages(messages)
  if (images > policy.maxImages) throw invalidField(field, `${images} images`, `at most ${policy.maxImages}`)
  const audio = countParts(messages, 'input_audio')
  if (audio > policy.maxAudio) throw invalidField(field, `${audio} pieces of audio`, `at most ${policy.maxAudio}`)
}
