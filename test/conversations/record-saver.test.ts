import { expect, test } from 'vitest'
import type { HeldRecord } from '../../src/conversations/held-record.ts'
import { createRecentRecords } from '../../src/conversations/recent-records.ts'
import { createRecordSaver } from '../../src/conversations/record-saver.ts'

function openSaver(write: (record: HeldRecord) => Promise<void>) {
  const recent = createRecentRecords({ bytesMax: 1e9, bytesPerOwnerMax: 1e9 }, () => 0)
  const saver = createRecordSaver({ recent, write })
  const add = (id: string) => recent.add({ owner: 'mine', id, text: 'x', bytes: 1, createdAtMs: 0, expiresAtMs: 1000 })
  return { saver, recent, add }
}

test('a record that the database never takes does not keep it from the others', async () => {
  const written: string[] = []
  const { saver, recent, add } = openSaver(async ({ id }) => {
    if (id === 'refused') throw new Error('too large a packet')
    written.push(id)
  })
  for (const id of ['refused', 'second', 'third']) add(id)
  await saver.save()
  await saver.stop()
  expect(written).toEqual(['second', 'third'])
  expect(recent.nextUnsaved()?.id).toBe('refused')
})

test('who forgets a record waits for the one that is being written, not for all that are to be', async () => {
  const first = Promise.withResolvers<void>()
  const never = new Promise<void>(() => undefined)
  const { saver, add } = openSaver(({ id }) => (id === 'first' ? first.promise : never))
  add('first')
  add('second')
  void saver.save()
  const settled = saver.settled()
  first.resolve()
  await settled
})

test('a record that is forgotten while its writing fails stays forgotten', async () => {
  const writing = Promise.withResolvers<void>()
  const { saver, recent, add } = openSaver(() => writing.promise)
  add('gone')
  const saved = saver.save()
  recent.remove('mine', 'gone')
  writing.reject(new Error('away'))
  await saved
  expect(recent.nextUnsaved()).toBeUndefined()
  await saver.stop()
})
