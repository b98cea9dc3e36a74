/**
 * A model server's address as it is written everywhere, without a trailing slash or `/v1`. Undefined for what is none, or
 * says more than where the server is.
 */
export function readServerUrl(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '' || /[?#\\\s]/.test(text)) return undefined
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/+v1$/, '')
}
