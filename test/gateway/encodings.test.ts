import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { errorOf, says } from './ask.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

/** Sends bytes as a chat request, and as a change to keys, which is read by rules of its own. */
function send(body: Uint8Array<ArrayBuffer>, type = 'application/json', path = '/v1/chat/completions') {
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': type }
  return fetch(gateway.url + path, { method: 'POST', headers, body })
}

function bytesOf(text: string, encoding: BufferEncoding = 'utf8'): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, encoding))
}

/** A request whose text is these bytes. */
function around(...bytes: number[]): Uint8Array<ArrayBuffer> {
  const [before = '', after = ''] = JSON.stringify(says('|')).split('|')
  return Uint8Array.from([...bytesOf(before), ...bytes, ...bytesOf(after)])
}

function textAsked(): unknown {
  return gateway.simulator.requests.findLast(({ path }) => path === '/v1/chat/completions')?.body
}

test.for([
  ['a code page of Windows', around(0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2)],
  ['Latin 1', around(0x4b, 0xf6, 0x6c, 0x6e)],
  ['a character that was cut', around(0xf0, 0x9f, 0x98)],
  ['half of a character', around(0xed, 0xa0, 0x80)],
  ['a sound replacement character beside what is not', around(0xef, 0xbf, 0xbd, 0xff)],
  ['UTF-16 as Windows writes it', bytesOf(`\ufeff${JSON.stringify(says('Hi'))}`, 'utf16le')],
] as const)('400 answers a body that is not UTF-8: %s', async ([, body]) => {
  for (const path of ['/v1/chat/completions', '/admin/v1/keys']) {
    const response = await send(body, 'application/json', path)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('The body is not UTF-8, which JSON has to be.')
  }
})

test('text of any script, and replacement characters that a client sends itself, come through', async () => {
  const text = 'Grüße \ufffd Привет 日本語 😀 \ufeff.'
  expect((await send(bytesOf(JSON.stringify(says(text))))).status).toBe(200)
  expect(textAsked()).toMatchObject({ messages: [{ role: 'user', content: text }] })
})

test('a byte order mark before the body is passed over', async () => {
  expect((await send(bytesOf(`\ufeff${JSON.stringify(says('Hi'))}`))).status).toBe(200)
  const twice = await send(bytesOf(`\ufeff\ufeff${JSON.stringify(says('Hi'))}`))
  expect(twice.status).toBe(400)
})

test.for(['latin1', 'iso-8859-1', '"windows-1251"', 'UTF-16'])(
  '415 answers a charset of %s, but for what is ASCII',
  async (charset) => {
    const type = `application/json; charset=${charset}`
    const response = await send(bytesOf(JSON.stringify(says('été'))), type)
    expect(response.status).toBe(415)
    expect((await errorOf(response)).message).toContain('UTF-8')
    expect((await send(bytesOf(JSON.stringify(says('Hi'))), type)).status).toBe(200)
  },
)

test.for(['utf-8', 'UTF-8', '"utf-8"', "'utf-8'", 'utf-8,', 'utf8', 'us-ascii'])(
  'a charset of %s is taken',
  async (charset) => {
    const response = await send(bytesOf(JSON.stringify(says('été'))), `application/json;  Charset=${charset}; a=b`)
    expect(response.status).toBe(200)
  },
)
