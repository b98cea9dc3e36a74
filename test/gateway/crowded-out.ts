import { expect } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi } from './admin-rig.ts'
import { until } from './until.ts'

/** A key that the running gateway knows; its settings name the owner's key. */
export async function keyWith(gateway: TestGateway, terms: object = {}): Promise<string> {
  const { body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'one of several', ...terms })
  const models = () => fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${body.key}` } })
  await expect.poll(async () => (await models()).status, { timeout: 5000 }).toBe(200)
  return body.key
}

export interface Crowd {
  /** Asks once for the many, who ask on and on, and tells the status. */
  asMany(): Promise<number>
  /** Asks once for the one, who asks ten times, one after the other. */
  asOne(): Promise<number>
}

/** How many answers thirty connections get while another key gets its ten. */
export async function crowdedOut({ asMany, asOne }: Crowd): Promise<number> {
  let isOver = false
  let answered = 0
  async function askOnAndOn(): Promise<void> {
    while (!isOver) {
      if ((await asMany()) === 200) answered++
      // Whoever is refused comes back at once, but lets others come too.
      else await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const crowd = Array.from({ length: 30 }, askOnAndOn)
  try {
    await until(() => answered > 10)
    const before = answered
    for (let turn = 0; turn < 10; turn++) expect(await asOne()).toBe(200)
    return answered - before
  } finally {
    isOver = true
    await Promise.all(crowd)
  }
}
