import { expect, test } from 'vitest'
import { readForm } from '../../src/simulator/exchange/multipart.ts'

test('a form as Node writes it is read as it was meant, bytes and all', async () => {
  const bytes = Buffer.from([13, 10, 45, 45, 0, 255, 13, 10, 45, 45])
  const form = new FormData()
  form.append('language', 'de')
  form.append('file', new Blob([bytes], { type: 'audio/wav' }), 'a b.wav')
  form.append('prompt', 'Grüße\r\nan alle')
  const sent = new Response(form)
  const read = readForm(Buffer.from(await sent.clone().arrayBuffer()), sent.headers.get('content-type') ?? '')
  expect(Object.fromEntries(read?.fields ?? [])).toEqual({ language: 'de', prompt: 'Grüße\r\nan alle' })
  expect(read?.files).toEqual([{ field: 'file', name: 'a b.wav', type: 'audio/wav', bytes }])
})

const part = '--x y\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'

test('a quoted boundary is one', () => {
  const form = readForm(Buffer.from(`${part}--x y--\r\n`), 'multipart/form-data; charset=utf-8; boundary="x y"')
  expect([...(form?.fields ?? [])]).toEqual([['a', '1']])
})

test('a part that is not closed is not there', () => {
  const cut = `${part}${part.replace('"a"', '"b"').slice(0, -2)}`
  expect([...(readForm(Buffer.from(cut), 'multipart/form-data; boundary="x y"')?.fields.keys() ?? [])]).toEqual(['a'])
})

test.each(['application/json', 'multipart/form-data', 'multipart/mixed; boundary=x'])('%s is no form', (type) => {
  expect(readForm(Buffer.from('--x--'), type)).toBeUndefined()
})
