import { bounds } from '../chat/bounds.ts'
import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ContentPart } from '../chat/chat-request.ts'
import { describeFound, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { readBoundedImage } from '../wire/bounded-image.ts'
import { readDataUrl } from '../wire/data-url.ts'
import { readRemoteUrl } from '../wire/remote-url.ts'

/**
 * An image that vLLM may decode: inline, strict base64, a known format by its first bytes, of bearable size. The URL is
 * written anew, so that the type it declares is the type that was found. Where the owner allows it, an address that is
 * fetched later by the same rules; `inline` is how this dialect sends the bytes themselves. Throws GatewayError naming
 * `field`.
 */
export function decodeImage(url: string, field: string, policy: ChatPolicy, inline = 'a data: URL'): ContentPart {
  if (/^https?:/i.test(url)) return decodeRemote(url, { field, inline }, policy)
  const bytes = readDataUrl(url)
  if (bytes === undefined) throw invalidField(field, describeFound(url), 'data:image/…;base64, and strict base64')
  return boundedPart(bytes, url.slice(url.indexOf(',') + 1), field)
}

/** An image by its bytes alone, where a dialect says beside them what they are. Throws GatewayError naming `field`. */
export function decodeBase64Image(base64: string, field: string): ContentPart {
  const bytes = readDataUrl(`data:image/*;base64,${base64}`)
  if (bytes !== undefined) return boundedPart(bytes, base64, field)
  throw invalidField(field, describeFound(base64), 'the image in strict base64, without `data:` before it')
}

function boundedPart(bytes: Buffer, base64: string, field: string): ContentPart {
  const image = readBoundedImage(bytes, bounds)
  if ('found' in image) throw invalidField(field, image.found, image.wanted)
  return { type: 'image_url', image_url: { url: `data:image/${image.format};base64,${base64}` } }
}

function decodeRemote(
  url: string,
  { field, inline }: { readonly field: string; readonly inline: string },
  { remoteImages }: ChatPolicy,
): ContentPart {
  if (!remoteImages) {
    const message = `\`${field}\` is a remote address: images are not fetched here; send ${inline}.`
    throw new GatewayError('unsupported-field', message, { field })
  }
  const address = readRemoteUrl(url)
  if (address === undefined) {
    throw invalidField(field, 'another form of address', `a plain http or https URL, or ${inline}`)
  }
  return { type: 'remote_image', url: address.href, field }
}
