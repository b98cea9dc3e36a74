import { expect, test } from 'vitest'
import type { ContentPart } from '../../src/chat/chat-request.ts'
import { checkMediaCounts } from '../../src/dialects/media-counts.ts'
import { failureNow } from '../chat/failure-of.ts'
import { policy } from './policy.ts'

const image: ContentPart = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
const remote: ContentPart = { type: 'remote_image', url: 'https://example.org/', field: 'here' }
const audio: ContentPart = { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }

function check(...contents: (string | ContentPart[])[]): void {
  const user = contents.map((content) => ({ role: 'user' as const, content }))
  const assistant = { role: 'assistant' as const, content: null }
  checkMediaCounts([...user, assistant], 'messages', policy)
}

test('as many as the owner allows are taken, in whatever messages they are', () => {
  expect(() => check('Hi', [image, audio], [remote])).not.toThrow()
})

test('images that are still to be fetched count as images', () => {
  const failure = failureNow(() => check([image], [remote, image]))
  expect(failure).toMatchObject({ kind: 'invalid-request', field: 'messages' })
  expect(failure.message).toContain('found 3 images, wanted at most 2')
})

test('audio has a bound of its own', () => {
  const failure = failureNow(() => check([audio], [audio]))
  expect(failure.message).toContain('found 2 pieces of audio, wanted at most 1')
})
