import { DatabaseError } from '../database/database-error.ts'
import type { GatewayUsageTable } from '../database/schema.ts'
import { blames } from './blames.ts'
import { parseEntry } from './spooled-entry.ts'

/** An entry as it waits in the spool. */
export interface SpooledEntry {
  readonly sequence: number
  /** JSON text. */
  readonly entry: string
}

export interface ShipperParts {
  /** The next entries after a sequence, in order. */
  read(after: number, max: number): readonly SpooledEntry[]
  /** Adds all or none; throws DatabaseError. */
  add(entries: readonly GatewayUsageTable[]): Promise<unknown>
  /** Everything up to this sequence is in the database, or was refused. */
  onShipped(sequence: number): void
  onRefused(sequence: number, reason: string): void
  readonly batchMax?: number
}

/** What a turn came to: nothing waits; something was shipped; or the database did not take it. */
export type ShipTurn =
  | { readonly outcome: 'idle' }
  /** `isFull`: there may be more already. */
  | { readonly outcome: 'shipped'; readonly isFull: boolean }
  | { readonly outcome: 'failed'; readonly reason: string }

/** Ships the spool's entries to the database, a batch a turn; one that is refused does not hold up the others. */
export interface Shipper {
  shipSome(): Promise<ShipTurn>
}

const usualBatchMax = 200
/** A failure that says nothing of the data is believed to be about it only after so many times. */
const equalFailuresMax = 5

interface Parcel {
  readonly sequence: number
  readonly row: GatewayUsageTable
}

interface Refusal {
  readonly sequence: number
  readonly failure: DatabaseError
}

export function createShipper(parts: ShipperParts): Shipper {
  const { read, add, onShipped, onRefused, batchMax = usualBatchMax } = parts
  let shippedTo = 0
  let lastFailure = ''
  let equalFailures = 0
  /** What was set aside since something was shipped: it is read again after a failure, and neither tried nor told again. */
  const asideSequences = new Set<number>()
  /** Said of entries before while others were taken. */
  const provenCodes = new Set<string>()

  function putAside(sequence: number, reason: string): void {
    asideSequences.add(sequence)
    onRefused(sequence, reason)
  }

  /** Undefined where all were taken. */
  async function tryToAdd(parcels: readonly Parcel[]): Promise<DatabaseError | undefined> {
    try {
      if (parcels.length > 0) await add(parcels.map(({ row }) => row))
      return undefined
    } catch (thrown) {
      if (thrown instanceof DatabaseError) return thrown
      throw thrown
    }
  }

  /** Halves a batch until those that are refused stand alone. */
  async function findRefused(parcels: readonly Parcel[]): Promise<Refusal[]> {
    const failure = await tryToAdd(parcels)
    if (failure === undefined) return []
    const [only, another] = parcels
    if (only !== undefined && another === undefined) {
      return [{ sequence: only.sequence, failure }]
    }
    const middle = Math.ceil(parcels.length / 2)
    return [...(await findRefused(parcels.slice(0, middle))), ...(await findRefused(parcels.slice(middle)))]
  }

  /** True where what was refused was set aside; a database that takes nothing at all is the one to blame. */
  async function setAside(parcels: readonly Parcel[]): Promise<boolean> {
    const refusals = await findRefused(parcels)
    const tookSome = refusals.length < parcels.length
    const blamed = refusals.filter(
      ({ failure }) => blames(failure) === 'data' || (blames(failure) === 'either' && tookSome),
    )
    for (const { sequence, failure } of blamed) {
      putAside(sequence, failure.code)
      provenCodes.add(failure.code)
    }
    return blamed.length === refusals.length
  }

  function mayBeData(failure: DatabaseError): boolean {
    equalFailures = failure.code === lastFailure ? equalFailures + 1 : 1
    lastFailure = failure.code
    const blamed = blames(failure)
    return (
      blamed === 'data' || (blamed === 'either' && (equalFailures >= equalFailuresMax || provenCodes.has(failure.code)))
    )
  }

  function parse(spooled: readonly SpooledEntry[]): Parcel[] {
    return spooled.flatMap(({ sequence, entry }) => {
      if (asideSequences.has(sequence)) return []
      const row = parseEntry(entry)
      if (row === undefined) putAside(sequence, 'UNREADABLE')
      return row === undefined ? [] : [{ sequence, row }]
    })
  }

  return {
    async shipSome() {
      const spooled = read(shippedTo, batchMax)
      const last = spooled.at(-1)
      if (last === undefined) return { outcome: 'idle' }
      const parcels = parse(spooled)
      const failure = await tryToAdd(parcels)
      if (failure !== undefined && !(mayBeData(failure) && (await setAside(parcels)))) {
        return { outcome: 'failed', reason: failure.code }
      }
      lastFailure = ''
      asideSequences.clear()
      shippedTo = last.sequence
      onShipped(shippedTo)
      return { outcome: 'shipped', isFull: spooled.length === batchMax }
    },
  }
}
