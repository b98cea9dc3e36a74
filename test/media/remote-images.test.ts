import { describe, expect, test } from 'vitest'
import type { ChatRequest, ContentPart, RemoteImagePart } from '../../src/chat/chat-request.ts'
import type { FetchBytes } from '../../src/media/fetch-bytes.ts'
import { createFetchTurns } from '../../src/media/fetch-turns.ts'
import { createRemoteImages } from '../../src/media/remote-images.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { dataUrl, images } from '../wire/small-images.ts'

const text: ContentPart = { type: 'text', text: 'What is this?' }
const inline: ContentPart = { type: 'image_url', image_url: { url: dataUrl(images.png.bytes) } }

function remote(url: string, field = `the field of ${url}`): RemoteImagePart {
  return { type: 'remote_image', url, field }
}

function says(...messages: ChatRequest['messages']): ChatRequest {
  return { messages, max_completion_tokens: 5, chat_template_kwargs: { enable_thinking: false } }
}

function user(...content: ContentPart[]): ChatRequest['messages'][number] {
  return { role: 'user', content }
}

function open(fetchBytes: FetchBytes, failureMinMs = 0) {
  const turns = createFetchTurns({ atOnceMax: 2, waitingMax: 8 })
  return createRemoteImages({ fetchBytes, turns, failureMinMs })
}

const fetchGif: FetchBytes = async () => images.gif.bytes
const gif: ContentPart = { type: 'image_url', image_url: { url: dataUrl(images.gif.bytes, 'image/gif') } }

test('a request without addresses is given back as it is, at once', () => {
  const request = says({ role: 'system', content: 'Hi' }, user(text, inline), { role: 'assistant', content: null })
  expect(open(fetchGif).inline(request, openVisit())).toBe(request)
})

test('every address becomes the image that is there, under the type of its bytes, where it stood', async () => {
  const tool = { role: 'tool' as const, tool_call_id: '1', content: [remote('a'), text] }
  const request = says(user(text, remote('a'), inline), { role: 'assistant', content: 'Hm' }, tool, user(remote('b')))
  const complete = await open(fetchGif).inline(request, openVisit())
  expect(complete).toEqual({
    ...request,
    messages: [
      user(text, gif, inline),
      { role: 'assistant', content: 'Hm' },
      { ...tool, content: [gif, text] },
      user(gif),
    ],
  })
})

test('an address that occurs twice is fetched once', async () => {
  const fetched: string[] = []
  const media = open(async (url) => {
    fetched.push(url)
    return images.gif.bytes
  })
  await media.inline(says(user(remote('a'), remote('b')), user(remote('a'))), openVisit())
  expect(fetched.toSorted()).toEqual(['a', 'b'])
})

test('no more than two are fetched at once for one key', async () => {
  let running = 0
  let most = 0
  const media = open(async () => {
    running++
    most = Math.max(most, running)
    await new Promise(setImmediate)
    running--
    return images.gif.bytes
  })
  const asking = ['a', 'b', 'c', 'd'].map((url) => media.inline(says(user(remote(url))), openVisit()))
  await Promise.all([...asking, media.inline(says(user(remote('e'), remote('f'), remote('g'))), openVisit())])
  expect(most).toBe(2)
})

describe('a failure', () => {
  const failures = ['The host is not public.', 'The answer is 404.', 'connect ECONNREFUSED 10.0.0.1:80']

  test('is told in the same words whatever it was, with the field, and the cause for the log', async () => {
    const told = await Promise.all(
      failures.map((words) => {
        const cause = new Error(words)
        const media = open(() => Promise.reject(cause))
        return failureOf(() => media.inline(says(user(remote('a', 'messages[0].content'))), openVisit()))
      }),
    )
    expect(new Set(told.map(({ message }) => message))).toEqual(
      new Set(['`messages[0].content`: the image could not be fetched; send it as a data: URL.']),
    )
    for (const failure of told) expect(failure).toMatchObject({ kind: 'invalid-request', field: 'messages[0].content' })
    expect(told.map(({ cause }) => (cause instanceof Error ? cause.message : cause))).toEqual(failures)
  })

  test('is told no sooner than the time that all failures take', async () => {
    const before = performance.now()
    const media = open(() => Promise.reject(new Error('The host is not public.')), 150)
    await failureOf(() => media.inline(says(user(remote('a'))), openVisit()))
    // Timers may fire a millisecond early.
    expect(performance.now() - before).toBeGreaterThan(148)
  })

  test('keeps its turn for that time, so that nobody can search quickly', async () => {
    const media = open(() => Promise.reject(new Error('The host is not public.')), 60)
    const before = performance.now()
    const asking = ['a', 'b', 'c', 'd', 'e'].map((url) =>
      failureOf(() => media.inline(says(user(remote(url))), openVisit())),
    )
    await Promise.all(asking)
    expect(performance.now() - before).toBeGreaterThan(3 * 60 - 3)
  })

  test('of one image ends the others', async () => {
    const ended = Promise.withResolvers<void>()
    const media = open((url, signal) => {
      if (url === 'a') return Promise.reject(new Error('The answer is 404.'))
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended.resolve()
          reject(signal.reason)
        })
      })
    })
    const failure = await failureOf(() => media.inline(says(user(remote('a'), remote('b'))), openVisit()))
    expect(failure.field).toBe('the field of a')
    await ended.promise
  })

  test('is also bytes that are no image, or too large an image, in the words for those', async () => {
    const png = Buffer.from(images.png.bytes)
    png.writeUInt32BE(8193, 16)
    for (const [bytes, words] of [
      [Buffer.from('<html>'), 'found bytes of another format, wanted a PNG, JPEG, WebP or GIF image'],
      [png, 'found an image of 8193 by 1 pixels'],
    ] as const) {
      const failure = await failureOf(() => open(async () => bytes).inline(says(user(remote('a'))), openVisit()))
      expect(failure).toMatchObject({ kind: 'invalid-request', field: 'the field of a' })
      expect(failure.message).toContain(words)
    }
  })
})

test('a client that leaves ends the fetch, and is not kept for the time that failures take', async () => {
  const visit = openVisit()
  const media = open((_url, signal) => {
    visit.leave()
    return Promise.reject(signal.reason)
  }, 3_600_000)
  await expect(media.inline(says(user(remote('a'))), visit)).rejects.toThrow()
})
