import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { shipUntilStopped } from './ship-until-stopped.ts'
import type { ShippingOrder } from './shipping-messages.ts'

/** Where the thread begins: this file, as it is or as it was built. */
export const shippingWorkerUrl = new URL(import.meta.url)

function isOrder(data: unknown): data is ShippingOrder {
  return typeof data === 'object' && data !== null && 'work' in data && data.work === 'ship-the-ledger'
}

if (!isMainThread && parentPort !== null && isOrder(workerData)) await shipUntilStopped(workerData, parentPort)
