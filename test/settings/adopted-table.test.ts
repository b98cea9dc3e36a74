import { describe, expect, test } from 'vitest'
import { load, namesOf, refuse } from './working-directory.ts'

const table = (more: string, permissions = '{ from: all }') =>
  `keys: { table: { name: api_tokens, encoding: sha256, columns: { token: t, id: i }, permissions: ${permissions}${more} } }`

describe('an adopted table', () => {
  test('has everything that the brief form of the file leaves out', () => {
    expect(load({ file: table('') }).settings.keys.table).toEqual({
      name: 'api_tokens',
      encoding: 'sha256',
      columns: { token: 't', id: 'i' },
      expires: { type: 'datetime', timeZone: 'UTC' },
      permissions: { from: 'all' },
      services: {},
    })
  })

  test.each([
    ['{ from: columns, columns: { gemma4: can_gemma4 } }', { from: 'columns', columns: { gemma4: 'can_gemma4' } }],
    ['{ from: json, column: permissions }', { from: 'json', column: 'permissions' }],
    ['{ from: csv, column: permissions }', { from: 'csv', column: 'permissions', separator: ',' }],
    ['{ from: csv, column: p, separator: ";" }', { from: 'csv', column: 'p', separator: ';' }],
    [
      '{ from: join, table: ai.perms, key: token_id, permission: name }',
      { from: 'join', table: 'ai.perms', key: 'token_id', permission: 'name' },
    ],
  ])('takes permissions as %s', (written, permissions) => {
    expect(load({ file: table('', written) }).settings.keys.table?.permissions).toEqual(permissions)
  })

  test('is refused without what has no default', () => {
    const problems = refuse({ file: 'keys: { table: {} }' })
    const names = ['keys.table.name', 'keys.table.encoding', 'keys.table.columns', 'keys.table.permissions']
    expect(namesOf(problems)).toEqual(names)
  })

  test.each([
    [table('', '{ from: nowhere }'), 'keys.table.permissions.from'],
    [table('', '{ from: json }'), 'keys.table.permissions.column'],
    [table('', '{ from: columns, columns: {} }'), 'keys.table.permissions.columns'],
    [table('', '{ from: json, column: "p` OR 1=1" }'), 'keys.table.permissions.column'],
    [
      table(', expires: { type: datetime, timeZone: Berlin }').replace('id: i', 'expires: e'),
      'keys.table.expires.timeZone',
    ],
    [table('').replace('api_tokens', 'a.b.c'), 'keys.table.name'],
    [table('').replace('sha256', 'md5'), 'keys.table.encoding'],
  ])('refuses %s', (file, name) => {
    expect(namesOf(refuse({ file }))).toEqual([name])
  })

  test('an expiry that is described needs its column, or keys would never expire', () => {
    const problems = refuse({ file: table(', expires: { type: unix }') })
    expect(problems).toEqual([expect.objectContaining({ name: 'keys.table.columns.expires', found: 'nothing' })])
  })

  test('permissions from a joined table need the id that they join on', () => {
    const file = table('', '{ from: join, table: p, key: k, permission: n }').replace(', id: i', '')
    expect(namesOf(refuse({ file }))).toEqual(['keys.table.columns.id'])
  })

  test('a permission for no service is refused with the nearest service', () => {
    const file = table(', services: { gemma: gemma5 }', '{ from: columns, columns: { gemma: a, gema4: b } }')
    const problems = refuse({ file })
    expect(problems.map(({ name, nearest }) => [name, nearest])).toEqual([
      ['keys.table.services.gemma', 'gemma4'],
      ['keys.table.permissions.columns.gema4', 'gemma4'],
    ])
  })

  test('a permission for no service is told beside problems of other settings', () => {
    const file = `${table(', services: { gemma: gemma5 }')}\nservices: [{ places: 0 }]`
    expect(namesOf(refuse({ file })).toSorted()).toEqual(['keys.table.services.gemma', 'services[0].places'])
  })
})
