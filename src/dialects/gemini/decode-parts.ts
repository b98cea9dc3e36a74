import type { ContentPart } from '../../chat/chat-request.ts'
import { describeFound, invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { stringifyExact } from '../../wire/exact-json.ts'
import { decodeAudio } from '../audio-rules.ts'
import { decodeBase64Image, decodeImage } from '../image-rules.ts'
import { standardBase64 } from './base64.ts'
import type { GeminiContext } from './decode-context.ts'
import type { WireFunctionResponse, WirePart } from './wire-request.ts'

/** What a user's part shows the model; undefined where it shows nothing. Throws GatewayError naming the field. */
export function decodeUserPart(part: WirePart, field: string, context: GeminiContext): ContentPart | undefined {
  if (part.functionCall !== undefined) {
    throw invalidField(`${field}.functionCall`, 'a call in a turn of the user', 'it in a turn of the model')
  }
  const text = textOf(part)
  if (text !== undefined) return text === '' ? undefined : { type: 'text', text }
  const media = decodeMedia(part, field, context)
  if (media === undefined && !isSilent(part)) throw emptyPart(field)
  return media
}

/** Text, and what code and its output look like in text. */
export function textOf({ text, executableCode, codeExecutionResult }: WirePart): string | undefined {
  if (text !== undefined) return text
  if (executableCode !== undefined) {
    return `\n\`\`\`${executableCode.language?.toLowerCase() ?? ''}\n${executableCode.code}\n\`\`\`\n`
  }
  if (codeExecutionResult !== undefined) return `\n\`\`\`\n${codeExecutionResult.output ?? ''}\n\`\`\`\n`
  return undefined
}

/** A part that says nothing to this model, but that clients send back as they got it. */
export function isSilent({ thought, thoughtSignature, toolCall, toolResponse }: WirePart): boolean {
  return [thought, thoughtSignature, toolCall, toolResponse].some((value) => value !== undefined)
}

export function emptyPart(field: string): GatewayError {
  return invalidField(
    field,
    'nothing that is known',
    '`text`, `inlineData`, `fileData`, `functionCall` or `functionResponse`',
  )
}

type Media = Pick<WirePart, 'inlineData' | 'fileData'>

function decodeMedia({ inlineData, fileData }: Media, field: string, context: GeminiContext): ContentPart | undefined {
  if (inlineData !== undefined) return decodeInline(inlineData, `${field}.inlineData`, context)
  if (fileData !== undefined) return decodeFile(fileData, `${field}.fileData`, context)
  return undefined
}

function decodeInline(
  { mimeType, data }: NonNullable<WirePart['inlineData']>,
  field: string,
  { policy }: GeminiContext,
): ContentPart {
  const type = mimeType.toLowerCase()
  const base64 = standardBase64(data)
  if (type.startsWith('image/')) return decodeBase64Image(base64, `${field}.data`)
  if (type.startsWith('audio/')) return decodeAudio({ base64, field: `${field}.data` }, policy)
  throw otherMedia(`${field}.mimeType`)
}

function decodeFile(
  { fileUri, mimeType = 'image/*' }: NonNullable<WirePart['fileData']>,
  field: string,
  { policy }: GeminiContext,
): ContentPart {
  if (!mimeType.toLowerCase().startsWith('image/')) throw otherMedia(`${field}.mimeType`)
  if (/^(?:https?|data):/i.test(fileUri))
    return decodeImage(fileUri, `${field}.fileUri`, policy, 'the bytes in base64 as `inlineData`')
  throw invalidField(`${field}.fileUri`, describeFound(fileUri), 'an http(s) address, because no files are kept here')
}

function otherMedia(field: string): GatewayError {
  const message = `\`${field}\` is not supported here: the model takes images and audio.`
  return new GatewayError('unsupported-field', message, { field })
}

/** A tool's result: its text, then the images that came with it. */
export function decodeToolContent(
  response: WireFunctionResponse,
  field: string,
  context: GeminiContext,
): string | ContentPart[] {
  const text = resultText(response.response ?? {})
  const media = (response.parts ?? []).flatMap((part, index) => {
    return decodeMedia(part, `${field}.parts[${index}]`, context) ?? []
  })
  return media.length === 0 ? text : [{ type: 'text', text }, ...media]
}

/** Google's SDKs, its CLI and the AI SDK each wrap a text in a key of their own. */
function resultText(response: NonNullable<WireFunctionResponse['response']>): string {
  const { error } = response
  if (error !== undefined && error !== null)
    return `Error: ${typeof error === 'string' ? error : stringifyExact(error)}`
  const wrapped = response['output'] ?? response['result'] ?? response['content']
  return typeof wrapped === 'string' ? wrapped : stringifyExact(response)
}
