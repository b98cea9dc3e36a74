import { request } from 'node:http'

export interface Ask {
  readonly url: string
  readonly key: string
  readonly body: string
}

/** The status of one chat request whose answer was read to its end; undefined where nobody answers. */
export function askOnce({ url, key, body }: Ask): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const asked = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent: false }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.complete ? response.statusCode : undefined))
    })
    asked.once('error', () => resolve(undefined))
    asked.end(body)
  })
}
