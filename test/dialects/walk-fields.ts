import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, errorOf } from '../gateway/ask.ts'
import { newestUpstreamBody } from '../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { readFieldRows } from './field-rows.ts'

export interface WalkedDialect {
  /** The folder's name. */
  readonly dialect: string
  readonly path: string
  /** The smallest body there is. */
  readonly body: object
}

/** Sends the sample of every row of a dialect's table to a whole gateway, and looks at what reaches the model. */
export function walkFields({ dialect, path, body }: WalkedDialect): void {
  let gateway: TestGateway
  let plain: Record<string, unknown>

  beforeAll(async () => {
    gateway = await startTestGateway()
    await ask(gateway, body, { path })
    plain = newestUpstreamBody(gateway)
  })

  afterAll(() => gateway.stop())

  test.for(readFieldRows(dialect))('$field is $verdict: $sample', async ({ field, sample, verdict, wanted }) => {
    const { length } = gateway.simulator.requests
    const response = await ask(gateway, { ...body, ...sample }, { path })
    if (verdict === 'refused') {
      expect(response.status).toBeOneOf([400, 422])
      expect((await errorOf(response)).param?.replaceAll(/\[\d+\]/g, '[]')).toBe(field)
      expect(gateway.simulator.requests).toHaveLength(length)
      return
    }
    expect(response.status, await response.text()).toBe(200)
    const sent = newestUpstreamBody(gateway)
    if (verdict === 'accepted') {
      expect(sent).toEqual(plain)
      return
    }
    expect(sent).toMatchObject(wanted)
    expect(sent).not.toEqual(plain)
  })
}
