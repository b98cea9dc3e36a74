import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ContentPart } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { decodeAudio } from '../audio-rules.ts'
import { decodeImage } from '../image-rules.ts'
import type { WirePart } from './wire-items.ts'

/** One text alone is a plain string, however the client spelt it, so that the prompt stays the same to the prefix cache. */
export function decodeContent(
  parts: readonly WirePart[],
  field: string,
  policy: ChatPolicy,
): string | readonly ContentPart[] {
  const decoded = parts.map((part, index) => decodePart(part, `${field}[${index}]`, policy))
  const [first] = decoded
  if (first === undefined) return ''
  return decoded.length === 1 && first.type === 'text' ? first.text : decoded
}

type WireText = Extract<WirePart, { text: string } | { refusal: string }>

export function joinText(parts: readonly WireText[]): string {
  return parts.map((part) => ('text' in part ? part.text : part.refusal)).join('\n')
}

function decodePart(part: WirePart, field: string, policy: ChatPolicy): ContentPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: part.text }
    case 'refusal':
      return { type: 'text', text: part.refusal }
    case 'input_image':
      return decodeImagePart(part, field, policy)
    case 'input_audio':
      return decodeAudio({ base64: part.input_audio.data, field: `${field}.input_audio.data` }, policy)
    case 'input_file':
      throw unsupportedFile(part, field)
    default:
      return part satisfies never
  }
}

type WireImage = Extract<WirePart, { type: 'input_image' }>
type WireFile = Extract<WirePart, { type: 'input_file' }>

function decodeImagePart({ image_url: url, file_id: fileId }: WireImage, field: string, policy: ChatPolicy) {
  if (url != null) return decodeImage(url, `${field}.image_url`, policy)
  if (fileId != null) throw unsupportedFile({ file_id: fileId }, field)
  throw invalidField(`${field}.image_url`, 'nothing', 'a data: URL')
}

function unsupportedFile(file: Pick<WireFile, 'file_id'> & Partial<WireFile>, path: string): GatewayError {
  const given = file.file_id != null ? 'file_id' : file.file_url != null ? 'file_url' : 'file_data'
  const field = `${path}.${given}`
  const message = `\`${field}\` is not supported here: no files are kept or read; send text or an image.`
  return new GatewayError('unsupported-field', message, { field })
}
