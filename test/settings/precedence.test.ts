import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createWorkingDirectory, load, refuse } from './working-directory.ts'

describe('where a value comes from', () => {
  test('starts without a file, a variable or a flag', () => {
    const { settings, sources, file } = load({})
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8044,
      adminKey: null,
      logLevel: 'info',
      logFormat: 'auto',
    })
    expect(settings).toMatchObject({ shutdownGraceMs: 120_000, firstEventHoldMs: 10_000, keepAliveEveryMs: 15_000 })
    expect(settings).toMatchObject({ bodyMaxBytes: 33_554_432, unknownModel: 'default' })
    expect(settings).toMatchObject({ failedKeysPerMinute: 100, trustProxy: false, openWebuiJwtSecret: null })
    expect(settings.keys).toEqual({ syncEveryMs: 2000, staleMaxMs: 3_600_000, table: null })
    expect(file).toBeNull()
    expect(new Set(Object.values(sources).map(({ from }) => from))).toEqual(new Set(['default']))
  })

  test('the file beats the default', () => {
    const directory = createWorkingDirectory()
    const { settings, sources, file } = directory.load({ file: 'logLevel: debug\nport: 1\n' })
    expect(settings).toMatchObject({ port: 1, logLevel: 'debug', host: '127.0.0.1' })
    expect(sources['port']).toEqual({ from: 'file', line: 2 })
    expect(sources['host']).toEqual({ from: 'default' })
    expect(file).toBe(join(directory.path, 'config/gateway.yaml'))
  })

  test('the environment beats the file', () => {
    const { settings, sources } = load({ file: 'port: 1\nhost: a', environment: { GATEWAY_PORT: '2' } })
    expect(settings).toMatchObject({ port: 2, host: 'a' })
    expect(sources['port']).toEqual({ from: 'environment', name: 'GATEWAY_PORT' })
  })

  test('a flag beats the environment', () => {
    const { settings, sources } = load({
      file: 'port: 1',
      environment: { GATEWAY_PORT: '2', GATEWAY_DATA_DIR: '/e' },
      flags: { port: '3' },
    })
    expect(settings).toMatchObject({ port: 3, dataDir: '/e' })
    expect(sources['port']).toEqual({ from: 'flag', name: '--port' })
  })

  test('every variable sets its setting', () => {
    const { settings } = load({
      environment: {
        GATEWAY_HOST: '::1',
        GATEWAY_PORT: '0',
        GATEWAY_DATABASE_URL: 'sqlite:/d/keys.db',
        GATEWAY_DATA_DIR: '/d',
        GATEWAY_VLLM_URL: 'https://gpu:8000/v1/',
        GATEWAY_VLLM_API_KEY: 'for-vllm',
        GATEWAY_ADMIN_KEY: 'sixteen or more.',
        GATEWAY_LOG_LEVEL: 'silent',
        GATEWAY_LOG_FORMAT: 'pretty',
        GATEWAY_SHUTDOWN_GRACE: '5',
        GATEWAY_UNKNOWN_MODEL: 'refuse',
        GATEWAY_FIRST_EVENT_HOLD: '250ms',
        GATEWAY_KEEP_ALIVE_EVERY: '1m',
        GATEWAY_BODY_MAX: '500KiB',
        GATEWAY_OPEN_WEBUI_JWT_SECRET: 'sixteen or more,',
      },
    })
    expect(settings).toMatchObject({
      host: '::1',
      port: 0,
      database: { kind: 'sqlite', path: '/d/keys.db' },
      dataDir: '/d',
      services: [{ name: 'gemma4', upstreams: ['https://gpu:8000'], apiKey: 'for-vllm' }],
      adminKey: 'sixteen or more.',
      logLevel: 'silent',
      logFormat: 'pretty',
      shutdownGraceMs: 5000,
      unknownModel: 'refuse',
      firstEventHoldMs: 250,
      keepAliveEveryMs: 60_000,
      bodyMaxBytes: 512_000,
      openWebuiJwtSecret: 'sixteen or more,',
    })
  })

  test('every flag sets its setting', () => {
    const flags = { host: 'h', port: '1', databaseUrl: 'sqlite:x', dataDir: 'y', vllmUrl: 'http://v', logLevel: 'warn' }
    const directory = createWorkingDirectory()
    const { settings } = directory.load({ flags: { ...flags, logFormat: 'json', shutdownGrace: '0s' } })
    expect(settings).toMatchObject({ host: 'h', port: 1, logLevel: 'warn', logFormat: 'json', shutdownGraceMs: 0 })
    expect(settings.database).toEqual({ kind: 'sqlite', path: join(directory.path, 'x') })
    expect(settings.dataDir).toBe(join(directory.path, 'y'))
    expect(settings.services[0]?.upstreams).toEqual(['http://v'])
  })

  test('a flag that was not given changes nothing', () => {
    expect(load({ file: 'port: 5', flags: { port: undefined } }).settings.port).toBe(5)
  })

  test('loading once leaves nothing behind for the next time', () => {
    load({ environment: { GATEWAY_PORT: '7', GATEWAY_VLLM_URL: 'http://gone' } })
    const { settings, sources } = load({})
    expect(settings.port).toBe(8044)
    expect(settings.services[0]?.upstreams).toEqual(['http://127.0.0.1:8092'])
    expect(sources['port']).toEqual({ from: 'default' })
  })
})

describe('which file is read', () => {
  test('the variable names another file, below the working directory', () => {
    const directory = createWorkingDirectory()
    const other = directory.write('other.yaml', 'port: 2')
    const { settings, file } = directory.load({ file: 'port: 1', environment: { GATEWAY_CONFIG: 'other.yaml' } })
    expect(settings.port).toBe(2)
    expect(file).toBe(other)
  })

  test('the flag beats the variable', () => {
    const directory = createWorkingDirectory()
    const other = directory.write('other.yaml', 'port: 2')
    const { settings } = directory.load({ environment: { GATEWAY_CONFIG: '/nowhere' }, flags: { config: other } })
    expect(settings.port).toBe(2)
  })

  test.each([
    [{ flags: { config: 'missing.yaml' } }, '--config', 'ENOENT'],
    [{ environment: { GATEWAY_CONFIG: 'missing.yaml' } }, 'GATEWAY_CONFIG', 'missing.yaml'],
    [{ environment: { GATEWAY_CONFIG: '.' } }, 'GATEWAY_CONFIG', 'EISDIR'],
    [{ environment: { GATEWAY_CONFIG: '' } }, 'GATEWAY_CONFIG', 'an empty value'],
  ])('a named file that cannot be read is refused: %o', (sources, name, found) => {
    expect(refuse(sources)).toEqual([expect.objectContaining({ name, found: expect.stringContaining(found) })])
  })
})

describe('paths', () => {
  test('the default database moves with the data', () => {
    const { settings } = load({ environment: { GATEWAY_DATA_DIR: '/var/lib/gateway' } })
    expect(settings.database).toEqual({ kind: 'sqlite', path: '/var/lib/gateway/gateway.db' })
  })

  test('a database that was named stays where it was named', () => {
    const directory = createWorkingDirectory()
    const { settings } = directory.load({ file: 'dataDir: /d\ndatabaseUrl: sqlite:./keys.db' })
    expect(settings.database).toEqual({ kind: 'sqlite', path: join(directory.path, 'keys.db') })
  })

  test('without settings all is in data below the working directory', () => {
    const directory = createWorkingDirectory()
    const { settings } = directory.load({})
    expect(settings.dataDir).toBe(join(directory.path, 'data'))
    expect(settings.database).toEqual({ kind: 'sqlite', path: join(directory.path, 'data/gateway.db') })
  })
})

test('the settings are frozen to their depths', () => {
  const { settings, sources } = load({
    file: 'keys: { table: { name: t, encoding: plain, columns: { token: c }, permissions: { from: all } } }',
  })
  expect(unfrozenIn(settings)).toEqual([])
  expect(unfrozenIn(sources)).toEqual([])
})

function unfrozenIn(value: unknown, path = 'settings'): string[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([name, child]) => unfrozenIn(child, `${path}.${name}`))
  return Object.isFrozen(value) ? inner : [path, ...inner]
}

test.each([
  ['the file', { file: 'migrate: false' }],
  ['the environment', { environment: { GATEWAY_MIGRATE: 'false' } }],
  ['a flag', { environment: { GATEWAY_MIGRATE: 'true' }, flags: { migrate: 'false' as const } }],
])('a replica is told by %s to leave the tables alone', (_, sources) => {
  expect(load(sources).settings.database.mayMigrate).toBe(false)
  expect(load({ flags: { migrate: null } }).settings.database.mayMigrate).toBeUndefined()
})
