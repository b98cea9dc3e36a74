import type { ContentPart } from '../../chat/chat-request.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { decodeBase64Image, decodeImage } from '../image-rules.ts'
import type { MessagesContext } from './decode-context.ts'
import { blockGap, textPart } from './text-parts.ts'
import { describeChange, type WireToolChange } from './tool-changes.ts'
import type { WireDocument, WireImage, WireSearchResult } from './wire-blocks.ts'

export type WirePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'other' }
  | WireImage
  | WireDocument
  | WireSearchResult
  | WireToolChange

/** What a block shows the model. Throws GatewayError naming the field. */
export function decodePart(part: WirePart, field: string, context: MessagesContext): ContentPart[] {
  switch (part.type) {
    case 'text':
      return [textPart(part.text)]
    case 'image':
      return [decodeSource(part, `${field}.source`, context)]
    case 'document':
      return decodeDocument(part, field, context)
    case 'search_result':
      return [textPart(describeSearchResult(part))]
    case 'tool_reference':
    case 'tool_addition':
    case 'tool_removal':
      return [textPart(describeChange(part))]
    case 'other':
      return []
    default:
      return part satisfies never
  }
}

/** The bytes tell which kind of image it is, whatever the caller says. */
function decodeSource({ source }: WireImage, field: string, { policy }: MessagesContext): ContentPart {
  switch (source.type) {
    case 'base64':
      return decodeBase64Image(source.data, `${field}.data`)
    case 'url':
      return decodeImage(source.url, `${field}.url`, policy, 'the bytes as a `base64` source')
    case 'file':
      throw unsupported(field, 'no files are kept here; send the image as `base64`')
    default:
      return source satisfies never
  }
}

function decodeDocument(document: WireDocument, field: string, context: MessagesContext): ContentPart[] {
  const { title, context: about, source } = document
  const heading = [title, about].filter((text) => text != null && text !== '').map((text) => textPart(text ?? ''))
  switch (source.type) {
    case 'text':
      return [...heading, textPart(source.data)]
    case 'content':
      return [...heading, ...decodeContent(source.content, `${field}.source.content`, context)]
    case 'base64':
    case 'url':
    case 'file':
      throw unsupported(`${field}.source`, 'documents are read as plain text only')
    default:
      return source satisfies never
  }
}

/** Content as a string or as blocks; a block's place is its part of the field's path. */
export function decodeContent(
  content: string | readonly WirePart[],
  field: string,
  context: MessagesContext,
): ContentPart[] {
  if (typeof content === 'string') return [textPart(content)]
  return content.flatMap((part, index) => decodePart(part, `${field}[${index}]`, context))
}

function describeSearchResult({ title, source, content }: WireSearchResult): string {
  return [`${title}\n${source}`, ...content.map(({ text }) => text)].join(blockGap)
}

function unsupported(field: string, reason: string): GatewayError {
  return new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
}
