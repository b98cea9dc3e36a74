import type { MessagePort } from 'node:worker_threads'
import { type Database, openDatabase } from '../database/database.ts'
import { addEntries } from './add-entries.ts'
import { failureCode } from './failure-code.ts'
import { nameLedger } from './ledger-id.ts'
import { removeOld } from './retention.ts'
import { createShipper, type Shipper, type ShipTurn } from './shipper.ts'
import { createShippingLoop } from './shipping-loop.ts'
import type { ShippingOrder, WordFromThread, WordToThread } from './shipping-messages.ts'
import { openSpoolReader, type SpoolReader } from './spool-reader.ts'
import { openSpoolWal, type SpoolWal } from './spool-wal.ts'

type Tell = (word: WordFromThread) => void

const checkpointEveryMs = 1000
const retentionEveryMs = 3_600_000

/**
 * The shipping thread's whole life: ships the spool to the database, has the disk take what was committed every second,
 * and removes what is too old; all of it beside the thread that serves.
 */
export async function shipUntilStopped(order: ShippingOrder, port: MessagePort): Promise<void> {
  const spool = openSpoolReader(order.spoolPath)
  const wal = openSpoolWal(order.spoolPath, order.walPagesMax)
  const database = openDatabase(order.database)
  const tell: Tell = (word) => port.postMessage(word)
  const onRest = (number: number, failure: string | undefined) => tell({ type: 'rests', number, failure })
  const loop = createShippingLoop({ shipSome: openShipping(spool, database, tell), onRest })
  port.on('message', (word: WordToThread) => {
    if (word.type === 'hurry') loop.hurry(word.number)
    else if (word.type === 'stop') loop.stop(word.withinMs)
    else if (word.type === 'begin-wal-anew') beginAnew(wal, tell)
    else word satisfies never
  })
  const timers = [
    setInterval(() => checkpoint(wal, tell) && tell({ type: 'wal-is-long' }), checkpointEveryMs),
    setInterval(() => clearOut(database, order.retentionMs), retentionEveryMs),
  ]
  await loop.run()
  for (const timer of timers) clearInterval(timer)
  checkpoint(wal, tell)
  wal.close()
  spool.close()
  await database.close()
  port.close()
}

/** One turn of shipping, which never throws. */
function openShipping(spool: SpoolReader, database: Database, tell: Tell): () => Promise<ShipTurn> {
  let shipper: Shipper | undefined
  return async () => {
    try {
      shipper ??= await openShipper(spool, database, tell)
      return await shipper.shipSome()
    } catch (thrown) {
      return { outcome: 'failed', reason: failureCode(thrown) }
    }
  }
}

/** Before anything is shipped it is known whose ledger this is: what is shipped is removed by that. */
async function openShipper(spool: SpoolReader, database: Database, tell: Tell): Promise<Shipper> {
  const found = { id: await nameLedger(database), address: database.location }
  await spool.know(found)
  tell({ type: 'ledger', id: found.id, elsewhere: spool.elsewhere(found) })
  return createShipper({
    read: (after, max) => spool.read(found, after, max),
    add: (entries) => addEntries(database, entries),
    onShipped: (sequence) => tell({ type: 'shipped', sequence }),
    onRefused: (sequence, reason) => tell({ type: 'refused', sequence, reason }),
  })
}

/** True where the log is long. */
function checkpoint(wal: SpoolWal, tell: Tell): boolean {
  try {
    return wal.checkpoint()
  } catch (thrown) {
    tell({ type: 'unsynced', reason: failureCode(thrown) })
    return false
  }
}

function beginAnew(wal: SpoolWal, tell: Tell): void {
  try {
    wal.beginAnew()
  } catch (thrown) {
    tell({ type: 'unsynced', reason: failureCode(thrown) })
  } finally {
    tell({ type: 'wal-began-anew' })
  }
}

async function clearOut(database: Database, retentionMs: number): Promise<void> {
  try {
    while (await removeOld(database, Date.now() - retentionMs)) await new Promise((resolve) => setTimeout(resolve, 50))
  } catch {
    // The next hour tries again; that the database is away is told by the shipping.
  }
}
