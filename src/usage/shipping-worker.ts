import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { shipUntilStopped } from './ship-until-stopped.ts'
import type { ShippingOrder } from './shipping-messages.ts'

/** Where the thread begins: this file, as it is or as it was built. */
export const shippingWorkerUrl = new URL(import.meta.url)

function isOrder(data: unknown): data is ShippingOrder {
  return typeof data === 'object' && data !== null && 'work' in data && data.work === 'ship-the-ledger'
}

/**
 * What is shipped a moment later costs nobody anything; a request that waits for the processor meanwhile does. On Linux a
 * thread has a priority of its own.
 */
function giveWay(): void {
  try {
    const [, thread] = /\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? []
    if (thread !== undefined) setPriority(Number(thread), lowPriority)
  } catch {
    // Elsewhere it is a thread like the others.
  }
}

const lowPriority = 10

if (!isMainThread && parentPort !== null && isOrder(workerData)) {
  giveWay()
  await shipUntilStopped(workerData, parentPort)
}
