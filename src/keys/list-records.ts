import type { KeyAdmin } from '../chat/key-admin.ts'
import type { KeyRecord, KeyStore } from './key-store.ts'
import { showRecord } from './key-view.ts'

/** Pages of a store that can only be read whole; a page's cursor is the id of its last key. */
export function listRecords(store: KeyStore, now: () => number = Date.now): Pick<KeyAdmin, 'list' | 'show'> {
  const readShown = async () => {
    const { records } = await store.readAll()
    return records.toSorted(byId).map((record) => showRecord(record, now()))
  }
  return {
    show: async (id) => (await readShown()).find((key) => key.id === id),
    async list({ limit, cursor, state, owner }) {
      const wanted = (await readShown()).filter(
        (key) =>
          (cursor === undefined || key.id > cursor) &&
          (state === undefined || key.state === state) &&
          (owner === undefined || key.owner === owner),
      )
      const data = wanted.slice(0, limit)
      return { data, next_cursor: wanted.length > limit ? (data.at(-1)?.id ?? null) : null }
    },
  }
}

function byId({ id: left }: KeyRecord, { id: right }: KeyRecord): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
