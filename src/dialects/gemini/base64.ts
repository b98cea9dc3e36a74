/**
 * Google's JSON takes either alphabet of base64, with padding or without, and its Python SDK writes the one for URLs
 * whichever it was given. The gateway's own rules are strict.
 */
export function standardBase64(text: string): string {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return standard.endsWith('=') ? standard : standard.padEnd(Math.ceil(standard.length / 4) * 4, '=')
}

/** Without padding, as the seal writes it. */
export function urlBase64(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
