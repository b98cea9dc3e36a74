/**
 * The bytes of base64 without anything else in it, undefined for all other text and for none. Node's decoder skips what
 * it does not know and never fails, so a difference in length is how a stray character, a missing pad or a line break
 * shows. Beyond ASCII it looks at a character's low byte only.
 */
export function decodeStrictBase64(text: string): Buffer | undefined {
  if (text.length === 0 || text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined
  // The base64url alphabet decodes to the same length; vLLM's decoder refuses it.
  return text.includes('-') || text.includes('_') ? undefined : bytes
}
