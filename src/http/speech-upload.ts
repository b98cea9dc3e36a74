import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { describeFound, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { InlineSpeech, SpeechFields } from '../dialects/speech-dialect.ts'
import { stalled, stallMaxMs, takeUpload, tooLarge } from '../speech/take-upload.ts'
import type { TemporaryFolder } from '../speech/temporary-file.ts'
import type { Upload } from '../speech/transcription-request.ts'
import { decodeStrictBase64 } from '../wire/strict-base64.ts'

/** What a form may hold beside its one file. */
export const formBounds = { fields: 16, parts: 20, fieldSize: 8192, fieldNameSize: 100, headerPairs: 32 } as const

export interface UploadParts {
  readonly folder: TemporaryFolder
  readonly bytesMax: number
  readonly signal: AbortSignal
  /** How long a client may take from one part of its form to the next; fields are small. */
  readonly stallMs?: number
}

/** A request for what is said in a file, with the file on the disk: whoever gets it discards it. */
export interface ReceivedSpeech {
  readonly fields: SpeechFields
  readonly upload: Upload
}

/** The boundaries of a form and its fields come on top of the file. */
const formBytes = 65_536

/** Throws `too-large` for what says by itself that it is, before anybody reads it. */
export function refuseLongForm({ headers }: FastifyRequest, bytesMax: number): void {
  if (Number(headers['content-length'] ?? 0) > bytesMax + formBytes) throw tooLarge(bytesMax)
}

/** Takes a form in, its file straight to the disk. Throws GatewayError, and then nothing is left of it. */
export async function receiveForm(request: FastifyRequest, upload: UploadParts): Promise<ReceivedSpeech> {
  const form = createForm(upload)
  try {
    const parts = request.parts({ limits: { ...formBounds, files: 1, fileSize: upload.bytesMax + 1 } })
    const next = () => nextPart(parts, upload.stallMs ?? stallMaxMs)
    for (let part = await next(); part !== undefined; part = await next()) await form.add(part)
    return form.finish()
  } catch (thrown) {
    await form.discard()
    throw upload.signal.aborted ? upload.signal.reason : thrown
  }
}

/** The same for audio inside a JSON body. */
export async function receiveInline(inline: InlineSpeech, { folder, bytesMax }: UploadParts): Promise<ReceivedSpeech> {
  const { base64, field, fields } = inline
  const bytes = decodeStrictBase64(base64)
  if (bytes === undefined) throw invalidField(field, describeFound(base64), 'strict base64')
  if (bytes.length > bytesMax) throw tooLarge(bytesMax)
  const file = await folder.create()
  try {
    await file.append(bytes)
  } catch (thrown) {
    await file.discard()
    throw thrown
  }
  return { fields, upload: { file, field } }
}

interface Form {
  add(part: Multipart): Promise<void>
  finish(): ReceivedSpeech
  discard(): Promise<void>
}

function createForm({ folder, bytesMax, signal }: UploadParts): Form {
  const fields = new Map<string, unknown>()
  let upload: Upload | undefined

  function addField(name: string, value: unknown): void {
    const before = fields.get(name)
    fields.set(name, before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value])
  }

  return {
    async add(part) {
      if (part.type === 'field') {
        const { fieldname, value, valueTruncated } = part
        checkField(fieldname, valueTruncated)
        addField(fieldname.replace(/\[\]$/, ''), value)
      } else if (part.fieldname === 'file') {
        upload = { file: await takeUpload(part.file, folder, { bytesMax, signal }), field: 'file' }
      } else {
        part.file.destroy()
        throw invalidField('file', 'a file under another name', 'the audio as a file named `file`')
      }
    },
    finish() {
      if (upload === undefined) {
        const found = fields.has('file') ? 'text' : 'nothing'
        throw invalidField('file', found, 'the audio as a file, such as `-F file=@speech.wav`')
      }
      return { fields: Object.fromEntries(fields), upload }
    },
    async discard() {
      await upload?.file.discard()
    },
  }
}

/** The reader of forms hands over parts without a name as well, whatever its types say. */
function checkField(name: string | undefined, isValueCut: boolean): void {
  const { fieldSize, fieldNameSize } = formBounds
  if (name === undefined) throw new GatewayError('malformed-request', 'A part of the form has no name.')
  // The reader of forms cuts values, but not names.
  if (name.length > fieldNameSize) {
    throw new GatewayError('too-large', `A field's name has more than ${fieldNameSize} characters.`)
  }
  if (isValueCut) throw new GatewayError('too-large', `A field is longer than ${fieldSize} bytes.`)
}

/** What the reader of forms throws is told in the house's words: its own repeat the request. */
async function nextPart(parts: AsyncIterableIterator<Multipart>, stallMs: number): Promise<Multipart | undefined> {
  const silence = Promise.withResolvers<never>()
  const timer = setTimeout(() => silence.reject(stalled(stallMs)), stallMs)
  try {
    const { done, value } = await Promise.race([parts.next(), silence.promise])
    return done === true ? undefined : value
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : formFailure(thrown)
  } finally {
    clearTimeout(timer)
  }
}

function formFailure(thrown: unknown): GatewayError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  switch (code) {
    case 'FST_PARTS_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return new GatewayError('too-large', `The form has more than ${formBounds.fields} fields.`)
    case 'FST_FILES_LIMIT':
      return invalidField('file', 'more than one file', 'one')
    case 'FST_MP_PREMATURE_CLOSE':
      return new GatewayError('abandoned', 'The client left.')
    default:
      return new GatewayError(
        'malformed-request',
        'The form could not be read: it is not whole, or no `multipart/form-data`.',
      )
  }
}
