/** A multipart form as it came; all of it is in memory. */
export interface Form {
  readonly fields: ReadonlyMap<string, string>
  readonly files: readonly FormFile[]
}

interface FormFile {
  /** The name of the part. */
  readonly field: string
  /** The name of the file. */
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
}

const blankLine = '\r\n\r\n'

/** Undefined where it is no form. What stands after a part that is not closed is lost. */
export function readForm(bytes: Buffer, contentType: string): Form | undefined {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return undefined
  const fields = new Map<string, string>()
  const files: FormFile[] = []
  for (const part of partsOf(bytes, boundary)) {
    const { field, fileName, type, body } = readPart(part)
    if (fileName === undefined) fields.set(field, body.toString())
    else files.push({ field, name: fileName, type, bytes: body })
  }
  return { fields, files }
}

function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  return quoted ?? plain
}

function* partsOf(bytes: Buffer, boundary: string): Generator<Buffer> {
  const delimiter = `\r\n--${boundary}`
  // The first delimiter has no line before it.
  let at = bytes.indexOf(`--${boundary}\r\n`)
  if (at === -1) return
  at += boundary.length + 4
  for (let end = bytes.indexOf(delimiter, at); end !== -1; end = bytes.indexOf(delimiter, at)) {
    yield bytes.subarray(at, end)
    at = end + delimiter.length + 2
    if (bytes.toString('latin1', at - 2, at) === '--') return
  }
}

function readPart(part: Buffer): { field: string; fileName: string | undefined; type: string; body: Buffer } {
  const end = part.indexOf(blankLine)
  const head = part.toString('utf8', 0, end)
  const [, disposition = ''] = /^content-disposition:(.*)$/im.exec(head) ?? []
  const [, type = ''] = /^content-type:[ \t]*([^\r\n]*)/im.exec(head) ?? []
  return {
    field: parameterOf(disposition, 'name') ?? '',
    fileName: parameterOf(disposition, 'filename'),
    type,
    body: part.subarray(end + blankLine.length),
  }
}

function parameterOf(disposition: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(disposition) ?? []
  return quoted ?? plain
}
