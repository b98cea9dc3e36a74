import { vi } from 'vitest'

/** Waits for a condition, instead of for a time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 5000, interval: 2 })
}
