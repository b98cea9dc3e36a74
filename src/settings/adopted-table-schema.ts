import * as z from 'zod'
import { mayBeEmpty, section } from './section.ts'
import { timeZoneSchema } from './time-zone.ts'
import { whenSound } from './when-sound.ts'
import { oneOf, textOf } from './written.ts'

const identifier = String.raw`[\p{L}\p{N}_$-]{1,64}`
const columnSchema = textOf("a column's name", new RegExp(`^${identifier}$`, 'u'))
const tableSchema = textOf(
  "a table's or view's name, as table or schema.table",
  new RegExp(`^${identifier}(\\.${identifier})?$`, 'u'),
)
const permissionSchema = textOf('a permission: 1 to 200 characters', /^[^\0]{1,200}$/)

const columnsSchema = section({
  token: columnSchema,
  id: columnSchema.exactOptional(),
  name: columnSchema.exactOptional(),
  active: columnSchema.exactOptional(),
  revoked: columnSchema.exactOptional(),
  expires: columnSchema.exactOptional(),
})

const expiresSchema = section({
  type: oneOf(['datetime', 'date', 'unix', 'unix-ms']).default('datetime'),
  timeZone: timeZoneSchema.default('UTC'),
})

const permissionSources = 'a map with from: all, columns, json, csv or join'
const permissionsSchema = z.discriminatedUnion(
  'from',
  [
    section({ from: z.literal('all') }),
    section({
      from: z.literal('columns'),
      columns: z
        .record(z.string(), columnSchema, { error: 'a map from permissions to columns' })
        .refine((columns) => Object.keys(columns).length > 0, { error: 'at least one permission and its column' }),
    }),
    section({ from: z.literal('json'), column: columnSchema }),
    section({
      from: z.literal('csv'),
      column: columnSchema,
      separator: textOf('a separator of 1 to 8 characters', /^[^\0]{1,8}$/).default(','),
    }),
    section({ from: z.literal('join'), table: tableSchema, key: columnSchema, permission: columnSchema }),
  ],
  { error: permissionSources },
)

/**
 * A table that is not ours, read for its keys. How tokens are encoded and what they permit has no default: a guess would
 * let nobody in, or everybody everywhere.
 */
export const adoptedTableSchema = section({
  name: tableSchema,
  encoding: oneOf(['plain', 'sha256', 'sha256-base64', 'sha512']),
  columns: columnsSchema,
  expires: expiresSchema.optional(),
  permissions: permissionsSchema,
  services: mayBeEmpty(
    {},
    z.record(z.string(), permissionSchema, { error: "a map from permissions to services' names" }),
  ),
})
  .refine(({ expires, columns }) => expires === undefined || columns.expires !== undefined, {
    path: ['columns', 'expires'],
    error: 'the column that expires describes',
    when: whenSound(['columns', 'expires']),
  })
  .refine(({ permissions, columns }) => permissions.from !== 'join' || columns.id !== undefined, {
    path: ['columns', 'id'],
    error: 'the column that permissions.key refers to',
    when: whenSound(['permissions', 'from'], ['columns', 'id']),
  })
  .transform(({ name, encoding, columns, expires, permissions, services }) => ({
    name,
    encoding,
    columns,
    expires: expires ?? { type: 'datetime' as const, timeZone: 'UTC' },
    permissions,
    services,
  }))

export type AdoptedTable = z.output<typeof adoptedTableSchema>
