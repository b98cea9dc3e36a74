import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor, KeyAdmin } from '../../../src/chat/key-admin.ts'
import { openKeyAdmin } from '../../../src/keys/open-key-admin.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../../database/test-databases.ts'
import { plainTable, runAll } from './adopted-rig.ts'

const owner: Actor = { is: 'owner', id: 'admin', name: 'admin' }

describe.each(databaseKinds)('the keys of an adopted table in %s', (kind) => {
  let opened: OpenTestDatabase
  let admin: KeyAdmin
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    const { database } = opened
    await runAll(
      database,
      'CREATE TABLE api_tokens (id INTEGER, token VARCHAR(50), owner VARCHAR(50))',
      ...[3, 1, 2].map((id) => `INSERT INTO api_tokens VALUES (${id}, 'sk-${id}', 'n${id}')`),
    )
    const columns = { token: 'token', id: 'id', name: 'owner' }
    admin = openKeyAdmin(database, { ...plainTable, columns }).keyAdmin
  })
  afterEach(() => opened.remove())

  test('are shown and listed in pages, without the token', async () => {
    expect(await admin.show('2')).toMatchObject({ id: '2', name: 'n2', hint: null, state: 'active', services: 'all' })
    expect(await admin.show('9')).toBeUndefined()
    const first = await admin.list({ limit: 2 })
    const second = await admin.list({ limit: 2, cursor: first.next_cursor ?? '' })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(second.next_cursor).toBeNull()
    expect(JSON.stringify([first, second])).not.toContain('sk-')
  })

  test('are changed nowhere but there, and whoever tries is told so', async () => {
    const attempts = [
      () => admin.create({ name: 'Bob' }, owner),
      () => admin.update('1', { name: 'Bob' }, owner),
      () => admin.rotate('1', { overlap_seconds: 0 }, owner),
      () => admin.revoke('1', owner),
    ]
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        kind: 'forbidden-service',
        message: 'The keys are those of api_tokens, which is only read: change them there.',
      })
    }
    expect(await admin.audit({ limit: 10 })).toEqual({ data: [], next_cursor: null })
  })
})
