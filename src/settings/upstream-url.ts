import * as z from 'zod'
import { readServerUrl } from '../wire/server-url.ts'

const wanted = 'a URL such as http://127.0.0.1:8092, without user name, password, query or fragment'

/** A model server's address. A trailing slash or `/v1` is dropped: the routes below it are ours to name. */
export const upstreamUrlSchema = z.string({ error: wanted }).transform((text, context) => {
  const url = readServerUrl(text)
  if (url !== undefined) return url
  context.addIssue({ code: 'custom', message: wanted })
  return z.NEVER
})
