import { expect, vi } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'

/**
 * Nobody runs or waits, at the gateway and at the model. One look is not enough: who left with the last breath may still
 * be on the way in, because a request is read before its farewell.
 */
export async function untilIdle(gateway: TestGateway, service: string): Promise<void> {
  await untilHealth(gateway, service, { running: 0, waiting: 0 })
  const { simulator } = gateway
  await vi.waitUntil(() => simulator.running === 0 && simulator.waiting === 0, { timeout: 5000, interval: 2 })
}

export async function untilHealth(
  { url }: TestGateway,
  service: string,
  wanted: { readonly running: number; readonly waiting: number },
): Promise<void> {
  const look = async () => expect(await (await fetch(`${url}/${service}/health`)).json()).toMatchObject(wanted)
  await vi.waitFor(look, { timeout: 5000, interval: 2 })
}
