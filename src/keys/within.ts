import { setTimeout } from 'node:timers/promises'

/** What a promise gives, unless the time or the signal comes first; then it throws `late()`. */
export async function within<Value>(
  promise: Promise<Value>,
  { ms, signal }: { ms: number; signal: AbortSignal },
  late: () => Error,
): Promise<Value> {
  const settled = new AbortController()
  const waiting = setTimeout(ms, undefined, { signal: AbortSignal.any([signal, settled.signal]) })
  try {
    return await Promise.race([promise, waiting.catch(() => {}).then(() => Promise.reject(late()))])
  } finally {
    settled.abort()
  }
}
