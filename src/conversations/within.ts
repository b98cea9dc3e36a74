import { setTimeout } from 'node:timers/promises'

/** Waits for a promise, but no longer than this. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const settled = new AbortController()
  const patience = setTimeout(ms, undefined, { signal: settled.signal }).catch(() => {})
  try {
    await Promise.race([promise, patience])
  } finally {
    settled.abort()
  }
}
