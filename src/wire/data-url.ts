import { decodeStrictBase64 } from './strict-base64.ts'

/** The bytes of a base64 `data:` URL, or undefined where the URL is of another form or the base64 is not strict. */
export function readDataUrl(url: string): Buffer | undefined {
  const comma = url.indexOf(',')
  if (!url.startsWith('data:') || comma === -1 || comma > 128) return undefined
  if (!url.slice(0, comma).endsWith(';base64')) return undefined
  return decodeStrictBase64(url.slice(comma + 1))
}
