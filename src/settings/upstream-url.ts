import * as z from 'zod'

const wanted = 'a URL such as http://127.0.0.1:8092, without user name, password, query or fragment'

/** A model server's address. A trailing slash or `/v1` is dropped: the routes below it are ours to name. */
export const upstreamUrlSchema = z.string({ error: wanted }).transform((text, context) => {
  const url = readUpstreamUrl(text)
  if (url !== undefined) return url
  context.addIssue({ code: 'custom', message: wanted })
  return z.NEVER
})

function readUpstreamUrl(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '' || /[?#\\\s]/.test(text)) return undefined
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/+v1$/, '')
}
