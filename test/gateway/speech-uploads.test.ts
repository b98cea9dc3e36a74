import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { localOwner } from '../../src/keys/gateway-key-store.ts'
import { createKeyAdmin } from '../../src/keys/key-admin.ts'
import {
  bodyOf,
  encodeTone,
  formOf,
  type SpeechGateway,
  type SpeechRigOptions,
  startSpeechGateway,
  toneWav,
  uploadsLeft,
} from './speech-rig.ts'
import { until } from './until.ts'

const path = '/v1/audio/transcriptions'
const open: { stop(): Promise<void> }[] = []
let webm: Buffer<ArrayBuffer>
/** One for all that do not reach the server, and one that takes only small files. */
let plain: SpeechGateway
let small: SpeechGateway

beforeAll(async () => {
  plain = await startSpeechGateway()
  small = await startSpeechGateway({ service: 'uploadMax: 64KiB' })
  webm = await encodeTone(2, '-c:a', 'libopus', '-f', 'webm')
})
afterAll(async () => {
  await Promise.all([plain.stop(), small.stop()])
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

async function start(options: SpeechRigOptions = {}): Promise<SpeechGateway> {
  const gateway = await startSpeechGateway(options)
  open.push(gateway)
  return gateway
}

/** A client on a socket of its own, which has sent its headers and the beginning of its form. */
async function beginUpload(gateway: Pick<SpeechGateway, 'url' | 'key'>, bytes: number, sent: Buffer): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  open.push({
    async stop() {
      socket.destroy()
    },
  })
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
  const tail = '\r\n--b--\r\n'
  const lines = ['Host: x', `Authorization: Bearer ${gateway.key}`, 'Content-Type: multipart/form-data; boundary=b']
  socket.write(
    [`POST ${path} HTTP/1.1`, ...lines, `Content-Length: ${head.length + bytes + tail.length}`, '', head].join('\r\n'),
  )
  socket.write(sent)
  if (sent.length === bytes) socket.write(tail)
  return socket
}

function textOf(socket: Socket): () => string {
  let text = ''
  socket.on('data', (piece: Buffer) => {
    text += piece.toString()
  })
  return () => text
}

const hang = { answer: () => undefined }

describe('an upload', () => {
  test('beyond the bound is refused by its length before it is sent, and by its bytes where it does not tell', async () => {
    const socket = await beginUpload(small, 10_000_000, Buffer.alloc(0))
    const told = textOf(socket)
    await until(() => told().includes('\r\n\r\n'))
    expect(told()).toMatch(/^HTTP\/1.1 413 /)
    expect(told()).toContain('The file is larger than 65536 bytes.')

    const headers = { authorization: `Bearer ${small.key}`, 'content-type': 'multipart/form-data; boundary=b' }
    const body = chunked(
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n',
      toneWav(4),
      '\r\n--b--\r\n',
    )
    const response = await fetch(small.url + path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
    expect((await bodyOf(response)).error).toMatchObject({ param: 'file', code: 'request_too_large' })
    expect(small.server.asks).toHaveLength(0)
    expect(uploadsLeft(small.settings)).toEqual([])
  })

  test('of exactly the bound is let in', async () => {
    const wav = toneWav(32_746 / 16_000)
    expect(wav.length).toBe(65_536)
    expect((await small.post(path, formOf(wav))).status).toBe(200)
    expect((await small.post(path, formOf(Buffer.concat([wav, Buffer.alloc(1)])))).status).toBe(413)
  })

  test('in JSON is bounded as well', async () => {
    const response = await fetch(small.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${small.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ input_audio: { data: toneWav(3).toString('base64') } }),
    })
    expect(response.status).toBe(413)
  })

  test('may be larger than other bodies', async () => {
    const gateway = await start({ settings: 'bodyMax: 16KiB' })
    expect((await gateway.post(path, formOf(toneWav(2)))).status).toBe(200)
  })

  test.each([
    ['fields', (form: FormData) => Array.from({ length: 17 }, (_, index) => form.append(`f${index}`, 'x')), 413],
    ['a long field', (form: FormData) => form.append('prompt', 'x'.repeat(9000)), 413],
    ['a long name', (form: FormData) => form.append('n'.repeat(200), 'x'), 413],
    ['a second file', (form: FormData) => form.append('file', new File([toneWav(1)], 'b.wav')), 422],
    ['a field of a prototype', (form: FormData) => form.append('__proto__', 'x'), 400],
  ])('with too much in its form is refused: %s', async (_name, add, status) => {
    const form = formOf(toneWav(1))
    add(form)
    const response = await plain.post(path, form)
    expect([response.status, (await bodyOf(response)).error.type]).toEqual([status, 'invalid_request_error'])
    expect(plain.server.asks).toHaveLength(0)
    expect(uploadsLeft(plain.settings)).toEqual([])
  })

  test('leaves the connection good for the next request when it is refused', async () => {
    for (let round = 0; round < 3; round++) expect((await small.post(path, formOf(toneWav(60)))).status).toBe(413)
    expect((await small.post(path, formOf(toneWav(1)))).status).toBe(200)
  })
})

describe('nothing of an upload is left', () => {
  test('when its client leaves in the middle of it', async () => {
    const gateway = await start()
    const socket = await beginUpload(gateway, 1_000_000, toneWav(2))
    await until(() => uploadsLeft(gateway.settings).length === 1)
    socket.destroy()
    await until(() => uploadsLeft(gateway.settings).length === 0)
    await until(() => gateway.lines.length === 1)
    expect(gateway.lines[0]).toMatchObject({ status: 499, outcome: 'abandoned' })
  })

  test('when its client leaves while it waits in the queue, which moves on', async () => {
    const gateway = await start({ script: hang })
    const wav = toneWav(1)
    const first = await beginUpload(gateway, wav.length, wav)
    await until(() => gateway.server.asks.length === 1)
    const second = await beginUpload(gateway, wav.length, wav)
    const third = await beginUpload(gateway, wav.length, wav)
    await until(async () => (await health(gateway)).waiting === 2)
    second.destroy()
    await until(async () => (await health(gateway)).waiting === 1)
    await until(() => uploadsLeft(gateway.settings).length === 2)
    expect(gateway.server.asks).toHaveLength(1)
    first.destroy()
    await until(() => gateway.server.asks.length === 2)
    third.destroy()
    await until(() => uploadsLeft(gateway.settings).length === 0)
    expect(gateway.server.runningMax).toBe(1)
  })

  test('when its client leaves while the server works, which is told within 250 ms', async () => {
    const gateway = await start({ script: hang })
    for (const file of [toneWav(1), webm]) {
      const { length } = gateway.server.asks
      const socket = await beginUpload(gateway, file.length, file)
      await until(() => gateway.server.asks.length > length)
      const left = performance.now()
      socket.destroy()
      await until(() => gateway.server.asks.at(-1)?.left() === true)
      expect(performance.now() - left).toBeLessThan(250)
      await until(() => uploadsLeft(gateway.settings).length === 0)
    }
  })

  test('when the server fails, hangs up or takes too long', async () => {
    const answers = { status: 500, hangsUp: false, hangs: false }
    const gateway = await start({
      service: 'timeouts: { total: 300ms }',
      script: {
        answer(_ask, response) {
          if (answers.hangs) return
          if (answers.hangsUp) response.destroy()
          else response.writeHead(answers.status).end('secret words of the server')
        },
      },
    })
    for (const [status, told] of [
      [500, 502],
      [400, 422],
      [404, 502],
      [503, 503],
    ] as const) {
      answers.status = status
      const response = await gateway.post(path, formOf(webm))
      const text = await response.text()
      expect([status, response.status]).toEqual([status, told])
      expect(text).not.toContain('secret')
    }
    answers.hangsUp = true
    expect((await gateway.post(path, formOf(webm))).status).toBe(502)
    answers.hangsUp = false
    answers.hangs = true
    expect((await gateway.post(path, formOf(webm))).status).toBe(504)
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })

  test('when the gateway ends', async () => {
    const gateway = await start({ script: hang })
    const sent = gateway.post(path, formOf(webm)).then((response) => response.status)
    await until(() => gateway.server.asks.length === 1)
    open.pop()
    await gateway.stop()
    expect(await sent).toBe(503)
  })
})

describe('requests', () => {
  test('have one place, and come one after the other', async () => {
    const waiting: (() => void)[] = []
    const gateway = await start({
      script: { answer: (_ask, response) => void waiting.push(() => response.end('{"text":" hi\\n"}')) },
    })
    const sent = [1, 2, 3, 4].map(() => gateway.post(path, formOf(toneWav(1))))
    for (let served = 0; served < sent.length; served++) {
      await until(() => waiting.length === 1)
      expect(gateway.server.running).toBe(1)
      waiting.pop()?.()
    }
    for (const one of await Promise.all(sent)) expect(await one.json()).toMatchObject({ text: 'hi' })
    expect(gateway.server.runningMax).toBe(1)
  })

  test('are refused where the queue is full', async () => {
    const gateway = await start({ script: hang, service: 'queue: 0' })
    const wav = toneWav(1)
    await beginUpload(gateway, wav.length, wav)
    await until(() => gateway.server.asks.length === 1)
    const response = await gateway.post(path, formOf(wav))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  })
})

describe('a key that may have one request at once', () => {
  test('has none of its other uploads taken in meanwhile, and leaves room for those of others', async () => {
    const { key, gateway } = await startWithBoundKey()
    const wav = toneWav(1)
    const first = await beginUpload({ url: gateway.url, key }, 1_000_000, wav)
    await until(() => uploadsLeft(gateway.settings).length === 1)
    const second = textOf(await beginUpload({ url: gateway.url, key }, 1_000_000, wav))
    await until(() => second().includes('\r\n\r\n'))
    expect(second()).toMatch(/^HTTP\/1.1 429 /)
    expect(second()).toMatch(/^x-ratelimit-limit-requests: 100\r$/m)
    expect(second()).toContain('The limit of 1 request at once for this key is reached.')
    expect(uploadsLeft(gateway.settings)).toHaveLength(1)
    expect((await gateway.post(path, formOf(wav))).status).toBe(200)
    first.destroy()
    await until(() => uploadsLeft(gateway.settings).length === 0)
    const headers = { authorization: `Bearer ${key}` }
    const post = async () => (await gateway.post(path, formOf(wav), { headers })).status
    await until(async () => (await post()) === 200)
    expect([await post(), await post()]).toEqual([200, 200])
  })
})

/** A gateway with a second key that may have one request at once. */
async function startWithBoundKey(): Promise<{ gateway: SpeechGateway; key: string }> {
  const gateway = await start({ settings: 'keys: { syncEvery: 100ms }' })
  const database = openDatabase(gateway.settings.database)
  const { key } = await createKeyAdmin(database).create(
    { name: 'one', limits: { concurrent: 1, requests_per_minute: 100 } },
    localOwner,
  )
  await database.close()
  const headers = { authorization: `Bearer ${key}` }
  await until(async () => (await fetch(`${gateway.url}/v1/models`, { headers })).status === 200)
  return { gateway, key }
}

describe('a large upload', () => {
  /** Sends so many MiB of silence; gives the most memory that this process had meanwhile, in MiB. */
  async function memoryFor(gateway: SpeechGateway, mebibytes: number): Promise<number> {
    const header = toneWav(0)
    header.writeUInt32LE(mebibytes * 1_048_576, 40)
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss)
    }, 10)
    const socket = await beginUpload(gateway, header.length + mebibytes * 1_048_576, header)
    const told = textOf(socket)
    const piece = Buffer.alloc(1_048_576)
    for (let sent = 0; sent < mebibytes; sent++) {
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve))
    }
    socket.write('\r\n--b--\r\n')
    await until(() => told().includes('\r\n\r\n'))
    clearInterval(watch)
    socket.destroy()
    expect(told()).toMatch(/^HTTP\/1.1 200 /)
    return most / 1_048_576
  }

  test('takes no more memory than a smaller one', async () => {
    const gateway = await start({
      service: 'uploadMax: 300MiB',
      script: { onlyCounts: true, answer: (_ask, response) => void response.end('{"text":"long"}') },
    })
    // The client and the speech server are in this process too, and leave to be collected what they do not need any more.
    const smaller = Math.max(await memoryFor(gateway, 50), await memoryFor(gateway, 50))
    const larger = await memoryFor(gateway, 250)
    expect(larger - smaller).toBeLessThan(100)
  }, 60_000)
})

async function health({ url }: SpeechGateway): Promise<{ waiting: number }> {
  const response = await fetch(`${url}/whisper/health`)
  // The route says so.
  return (await response.json()) as { waiting: number }
}

function chunked(...parts: (string | Buffer)[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(Buffer.from(part))
      controller.close()
    },
  })
}
