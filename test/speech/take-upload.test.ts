import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { takeUpload } from '../../src/speech/take-upload.ts'
import type { TemporaryFile, TemporaryFolder } from '../../src/speech/temporary-file.ts'
import { openFolder } from './temporary-folder.ts'

/** A folder that remembers which of its files were discarded. */
function watchedFolder(): { folder: TemporaryFolder; left(): number } {
  const { folder } = openFolder()
  let left = 0
  async function create(): Promise<TemporaryFile> {
    const file = await folder.create()
    left++
    return {
      ...file,
      get bytes() {
        return file.bytes
      },
      async discard() {
        left--
        await file.discard()
      },
    }
  }
  return { folder: { create }, left: () => left }
}

const never = new AbortController().signal

describe('an upload', () => {
  test('is the bytes that came', async () => {
    const { folder } = openFolder()
    const source = Readable.from([Buffer.from('ab'), Buffer.from('cd')])
    const file = await takeUpload(source, folder, { bytesMax: 4, signal: never })
    expect((await file.read(0, 9)).toString()).toBe('abcd')
    await file.discard()
  })

  test('is refused with its first byte too many, and the rest is not read', async () => {
    const { folder, left } = watchedFolder()
    const source = Readable.from([Buffer.alloc(4), Buffer.alloc(1), Buffer.alloc(1)])
    await expect(takeUpload(source, folder, { bytesMax: 4, signal: never })).rejects.toMatchObject({
      kind: 'too-large',
    })
    expect([source.destroyed, left()]).toEqual([true, 0])
  })

  test('that breaks off is told in our words', async () => {
    const { folder, left } = watchedFolder()
    const source = new PassThrough()
    source.write('ab')
    const taken = takeUpload(source, folder, { bytesMax: 9, signal: never })
    source.destroy(new Error('secret'))
    await expect(taken).rejects.toThrow('The upload broke off before its end.')
    expect(left()).toBe(0)
  })

  test('that stands still is ended', async () => {
    const { folder, left } = watchedFolder()
    const source = new PassThrough()
    source.write('ab')
    await expect(takeUpload(source, folder, { bytesMax: 9, signal: never, stallMs: 20 })).rejects.toThrow('stood still')
    expect([source.destroyed, left()]).toEqual([true, 0])
  })

  test('whose client leaves ends with the reason', async () => {
    const { folder, left } = watchedFolder()
    const leaving = new AbortController()
    const source = new PassThrough()
    source.write('ab')
    const reason = new GatewayError('abandoned', 'The client left.')
    const taken = takeUpload(source, folder, { bytesMax: 9, signal: leaving.signal })
    leaving.abort(reason)
    await expect(taken).rejects.toBe(reason)
    expect([source.destroyed, left()]).toEqual([true, 0])
    await expect(takeUpload(new PassThrough(), folder, { bytesMax: 9, signal: leaving.signal })).rejects.toBe(reason)
  })
})
