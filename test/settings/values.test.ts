import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatByteSize, readByteSize } from '../../src/settings/byte-size.ts'
import { databaseUrlSchema, formatDatabaseUrl } from '../../src/settings/database-url.ts'
import { formatDuration, readDuration } from '../../src/settings/duration.ts'
import { timeZoneSchema } from '../../src/settings/time-zone.ts'
import { upstreamUrlSchema } from '../../src/settings/upstream-url.ts'
import { nearestName } from '../../src/wire/nearest-name.ts'

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['5s', 5000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['120', 120_000],
    [120, 120_000],
    ['0', 0],
  ])('reads %j as %d ms', (written, durationMs) => {
    expect(readDuration(written)).toBe(durationMs)
  })

  test.each(['', '5 s', '1.5s', 1.5, -1, '-1s', 's', '5S', '1h30m', '1d', Number.POSITIVE_INFINITY, 1e21])(
    'does not guess at %j',
    (written) => {
      expect(readDuration(written)).toBeUndefined()
    },
  )

  test('what is printed is read as the same duration', () => {
    fc.assert(fc.property(fc.nat(), (durationMs) => readDuration(formatDuration(durationMs)) === durationMs))
  })
})

describe('sizes', () => {
  test.each([
    ['32MiB', 33_554_432],
    ['500KiB', 512_000],
    ['1GiB', 1_073_741_824],
    ['1048576', 1_048_576],
    [1_048_576, 1_048_576],
  ])('reads %j as %d bytes', (written, bytes) => {
    expect(readByteSize(written)).toBe(bytes)
  })

  test.each(['', '32MB', '32M', '1.5MiB', '32 MiB', '-1', 'MiB', 0.5])('does not guess at %j', (written) => {
    expect(readByteSize(written)).toBeUndefined()
  })

  test('what is printed is read as the same size', () => {
    fc.assert(fc.property(fc.nat(), (bytes) => readByteSize(formatByteSize(bytes)) === bytes))
  })
})

describe('the database', () => {
  const read = (text: string) => databaseUrlSchema.safeParse(text).data

  test('user and password may be percent-encoded, the port left out', () => {
    expect(read('mysql://api%40ai:p%2Fw%23%3A@db/api_ai_main')).toEqual({
      kind: 'mysql',
      host: 'db',
      port: 3306,
      user: 'api@ai',
      password: 'p/w#:',
      database: 'api_ai_main',
    })
  })

  test('the host may be an IPv6 address, the connection a socket', () => {
    expect(read('mysql://u@[::1]:3307/db?socketPath=/run/mysqld.sock')).toEqual({
      kind: 'mysql',
      host: '::1',
      port: 3307,
      user: 'u',
      password: '',
      database: 'db',
      socketPath: '/run/mysqld.sock',
    })
  })

  test.each([
    'postgres://u:p@h/db',
    'mysql://u:p@h',
    'mysql://u:p@h/',
    'mysql://u:p@h/a/b',
    'mysql://h/db',
    'mysql://u:p@/db',
    'mysql://u:p@h:x/db',
    'mysql://u:p/w@h/db',
    'mysql://u:12#w@h/db',
    'mysql://u:p%zz@h/db',
    'mysql://u:p@h/db?ssl=true',
    'mysql://u:p@h/db?socketPath=/a&socketPath=/b',
    'mysql://u:p@h/db?socketPath=a',
    'mysql://u:p w@h/db',
    'mysql:u:p@h/db',
    'sqlite:',
    'sqlite::memory:',
    'sqlite://data/gateway.db',
    'sqlite:~/gateway.db',
    'sqlite:gateway.db?mode=ro',
    './gateway.db',
  ])('does not guess at %s', (text) => {
    expect(read(text)).toBeUndefined()
  })

  test('what is printed has no password, and else is the same database', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((drawn) => drawn.replaceAll('/', '-'))
    // A path that is a dot alone means another one in every URL.
    const database = text.filter((drawn) => !/^\.{1,2}$/.test(drawn))
    const parts = fc.record({ user: text, password: fc.uuid(), database })
    const property = fc.property(parts, ({ user, password, database }) => {
      const encryption = { mode: 'VERIFY_CA' as const, authoritiesPath: `/${user}&+%` }
      const address = { kind: 'mysql' as const, host: '::1', port: 3307, socketPath: '/a b' }
      const settings = { ...address, user, password, database, encryption }
      const printed = formatDatabaseUrl(settings)
      expect(printed).not.toContain(password)
      expect(read(printed)).toEqual({ ...settings, password: '***' })
    })
    fc.assert(property)
  })
})

describe('model servers', () => {
  test.each([
    ['http://127.0.0.1:8092/', 'http://127.0.0.1:8092'],
    ['http://127.0.0.1:8092/v1', 'http://127.0.0.1:8092'],
    ['http://127.0.0.1:8092/v1/', 'http://127.0.0.1:8092'],
    ['https://gpu.example/vllm/v1', 'https://gpu.example/vllm'],
    ['https://gpu.example/v11', 'https://gpu.example/v11'],
  ])('%s is asked at %s', (written, url) => {
    expect(upstreamUrlSchema.parse(written)).toBe(url)
  })

  test.each(['gpu:8000', 'ftp://gpu', 'http://', 'http://u@gpu', 'http://gpu?x', 'http://gpu#x', 'http://a b', ''])(
    'refuses %j',
    (written) => {
      expect(upstreamUrlSchema.safeParse(written).success).toBe(false)
    },
  )
})

describe('time zones', () => {
  test.each(['UTC', 'Europe/Berlin', '+02:00', '-09:30'])('takes %s', (zone) => {
    expect(timeZoneSchema.parse(zone)).toBe(zone)
  })

  test.each(['Berlin', '+2', '+0200', '+25:00', '', 'Europe/Berlin '])('refuses %j', (zone) => {
    expect(timeZoneSchema.safeParse(zone).success).toBe(false)
  })
})

describe('the nearest name', () => {
  test.each([
    ['prot', 'port'],
    ['hsot', 'host'],
    ['SHUTDOWN_GRACE', 'shutdownGrace'],
    ['shutdwnGrace', 'shutdownGrace'],
  ])('%s is nearest to %s', (name, nearest) => {
    expect(nearestName(name, ['host', 'port', 'shutdownGrace'])).toBe(nearest)
  })

  test('a name of any length is compared quickly', () => {
    expect(nearestName('host'.repeat(1_000_000), ['host', 'port'])).toBe('host')
  })
})
