import { bounds } from '../chat/bounds.ts'
import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ContentPart } from '../chat/chat-request.ts'
import { describeFound, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { readDataUrl } from '../wire/data-url.ts'
import { readImageHeader } from '../wire/image-header.ts'

/**
 * An image that vLLM may decode: inline, strict base64, a known format by its first bytes, of bearable size. The URL is
 * written anew, so that the type it declares is the type that was found. Throws GatewayError naming `field`.
 */
export function decodeImage(url: string, field: string, _policy: ChatPolicy): ContentPart {
  if (/^https?:/i.test(url)) {
    const message = `\`${field}\` is a remote address: images are not fetched here; send a data: URL.`
    throw new GatewayError('unsupported-field', message, { field })
  }
  const bytes = readDataUrl(url)
  if (bytes === undefined) throw invalidField(field, describeFound(url), 'data:image/…;base64, and strict base64')
  const header = readImageHeader(bytes)
  if (header === undefined) throw invalidField(field, 'bytes of another format', 'a PNG, JPEG, WebP or GIF image')
  const { format, width, height } = header
  if (width > bounds.imageSide || height > bounds.imageSide || width * height > bounds.imagePixels) {
    const wanted = `at most ${bounds.imageSide} pixels a side and ${bounds.imagePixels} in all`
    throw invalidField(field, `an image of ${width} by ${height} pixels`, wanted)
  }
  const base64 = url.slice(url.indexOf(',') + 1)
  return { type: 'image_url', image_url: { url: `data:image/${format};base64,${base64}` } }
}
