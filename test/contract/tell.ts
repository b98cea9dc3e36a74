import * as z from 'zod'
import { upstreamRequests } from '../gateway/upstream-requests.ts'
import type { TestGateway } from '../support/test-gateway.ts'
import type { Speaker } from './speakers/speaker.ts'
import type { Ability, Letter, Story, Told } from './story.ts'

/** Posts a letter as it stands; what is undefined in it is not sent. */
export function post(
  { url, key }: TestGateway,
  speaker: Speaker,
  { path, headers, body }: Letter,
  init: { readonly key?: string; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...speaker.present(init.key ?? key) },
    body: JSON.stringify(body),
    signal: init.signal ?? null,
  })
}

export interface Exchange {
  readonly response: Response
  readonly text: string
  /** What reached the model. */
  readonly sent: readonly Readonly<Record<string, unknown>>[]
}

export async function exchange(gateway: TestGateway, speaker: Speaker, letter: Letter): Promise<Exchange> {
  const response = await post(gateway, speaker, letter)
  const text = await response.text()
  const asked = upstreamRequests(gateway, response.headers.get('x-request-id'))
  return { response, text, sent: asked.map(({ body }) => z.record(z.string(), z.unknown()).parse(body)) }
}

export interface Answered extends Exchange {
  readonly letter: Letter
  readonly told: Told
}

/** Asks and reads the answer, which has to be one. */
export async function answered(
  gateway: TestGateway,
  speaker: Speaker,
  letter: Letter,
  streamed: boolean,
): Promise<Answered> {
  const found = await exchange(gateway, speaker, letter)
  if (found.response.status !== 200)
    throw new Error(`${speaker.name} is answered ${found.response.status}: ${found.text}`)
  return { ...found, letter, told: streamed ? speaker.readStream(found.text) : speaker.readWhole(found.text) }
}

export function tell(gateway: TestGateway, speaker: Speaker, story: Story, streamed: boolean): Promise<Answered> {
  return answered(gateway, speaker, speaker.ask(story, streamed), streamed)
}

export function can({ lacks }: Speaker, needs: readonly Ability[]): boolean {
  return !needs.some((ability) => lacks.includes(ability))
}
