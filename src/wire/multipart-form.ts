import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'

export interface FormFile {
  readonly name: string
  readonly fileName: string
  readonly contentType: string
  readonly bytes: number
  pieces(): AsyncIterable<Uint8Array>
}

/** A form that is as long as it says, and can be sent as often as it is opened. */
export interface MultipartForm {
  readonly contentType: string
  readonly contentLength: number
  open(): Readable
}

/**
 * A form of fields and one file after them, which streams the file. Names are the house's own words; a value may hold
 * anything, because nobody can guess the boundary.
 */
export function createMultipartForm(fields: readonly (readonly [string, string])[], file: FormFile): MultipartForm {
  const boundary = `form-${randomUUID()}`
  const head = Buffer.from(
    fields.map(([name, value]) => fieldPart(boundary, name, value)).join('') + filePart(boundary, file),
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)

  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield head
    yield* file.pieces()
    yield tail
  }

  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: head.length + file.bytes + tail.length,
    open: () => Readable.from(pieces(), { objectMode: false }),
  }
}

function fieldPart(boundary: string, name: string, value: string): string {
  return `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

function filePart(boundary: string, { name, fileName, contentType }: FormFile): string {
  const disposition = `content-disposition: form-data; name="${name}"; filename="${fileName}"`
  return `--${boundary}\r\n${disposition}\r\ncontent-type: ${contentType}\r\n\r\n`
}
