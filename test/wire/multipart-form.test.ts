import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createMultipartForm, type FormFile } from '../../src/wire/multipart-form.ts'

function fileOf(...pieces: Buffer[]): FormFile {
  return {
    name: 'file',
    fileName: 'audio.wav',
    contentType: 'audio/wav',
    bytes: pieces.reduce((sum, { length }) => sum + length, 0),
    async *pieces() {
      yield* pieces
    },
  }
}

test('a form is read as it was written, is as long as it says, and can be sent again', async () => {
  const sound = [Buffer.from('\r\n--form-'), Buffer.from([0, 255, 13, 10]), Buffer.alloc(70_000, 45)]
  const form = createMultipartForm(
    [
      ['prompt', 'line\r\n--other\r\n"quoted" Ä'],
      ['list[]', 'a'],
      ['list[]', 'b'],
    ],
    fileOf(...sound),
  )
  for (let round = 0; round < 2; round++) {
    const body = await buffer(form.open())
    expect(body.length).toBe(form.contentLength)
    const read = await new Response(body, { headers: { 'content-type': form.contentType } }).formData()
    expect([read.get('prompt'), read.getAll('list[]')]).toEqual(['line\r\n--other\r\n"quoted" Ä', ['a', 'b']])
    const file = read.get('file')
    if (!(file instanceof File)) throw new Error('There is no file.')
    expect([file.name, file.type]).toEqual(['audio.wav', 'audio/wav'])
    expect(Buffer.from(await file.arrayBuffer()).equals(Buffer.concat(sound))).toBe(true)
  }
})

test('no two forms have the same boundary', () => {
  const forms = [1, 2].map(() => createMultipartForm([], fileOf()))
  expect(new Set(forms.map(({ contentType }) => contentType)).size).toBe(2)
})
