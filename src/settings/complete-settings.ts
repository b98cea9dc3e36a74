import { join, resolve } from 'node:path'
import type { DatabaseParameters } from './database-parameters.ts'
import type { DatabaseSettings } from './database-url.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { WrittenSettings } from './settings-schema.ts'

/** Everything that can be set, checked: durations in ms, sizes in bytes, paths absolute. Frozen to its depths. */
export type Settings = ReturnType<typeof completeSettings>
export type ServiceSettings = Settings['services'][number]

/** Gives settings their units and puts paths below the working directory. `authorities`: what `ssl-ca` names. */
export function completeSettings(written: WrittenSettings, workingDirectory: string, authorities?: string) {
  const dataDir = resolve(workingDirectory, written.dataDir)
  const database = completeDatabase(written.databaseUrl, workingDirectory, dataDir)
  return deepFreeze({
    host: written.host,
    port: written.port,
    database: { ...withAuthorities(database, authorities), ...migrating(written.migrate) },
    dataDir,
    adminKey: written.adminKey,
    logLevel: written.logLevel,
    logFormat: written.logFormat,
    shutdownGraceMs: written.shutdownGrace,
    unknownModel: written.unknownModel,
    firstEventHoldMs: written.firstEventHold,
    keepAliveEveryMs: written.keepAliveEvery,
    bodyMaxBytes: written.bodyMax,
    failedKeysPerMinute: written.failedKeysPerMinute,
    trustProxy: written.trustProxy,
    openWebuiJwtSecret: written.openWebuiJwtSecret,
    keys: written.keys,
    ledger: completeLedger(written.ledger, workingDirectory, dataDir),
    prices: written.prices,
    responses: written.responses,
    services: written.services,
  })
}

/** Who moves the data moves the database with it, unless it is said where the database is. */
function completeDatabase(
  database: DatabaseSettings | null | undefined,
  workingDirectory: string,
  dataDir: string,
): DatabaseSettings {
  if (database === null || database === undefined) return { kind: 'sqlite', path: join(dataDir, 'gateway.db') }
  if (database.kind === 'mysql') return { ...database, ...completeEncryption(database, workingDirectory) }
  return { kind: 'sqlite', path: resolve(workingDirectory, database.path) }
}

function completeEncryption({ encryption }: DatabaseParameters, workingDirectory: string): DatabaseParameters {
  if (encryption?.authoritiesPath === undefined) return {}
  return { encryption: { ...encryption, authoritiesPath: resolve(workingDirectory, encryption.authoritiesPath) } }
}

function withAuthorities(database: DatabaseSettings, authorities: string | undefined): DatabaseSettings {
  if (database.kind === 'sqlite' || database.encryption === undefined || authorities === undefined) return database
  return { ...database, encryption: { ...database.encryption, authorities } }
}

function migrating(mayMigrate: boolean) {
  return mayMigrate ? {} : { mayMigrate }
}

function completeLedger(
  { enabled, spool, durability, whenFull, retention }: WrittenSettings['ledger'],
  workingDirectory: string,
  dataDir: string,
) {
  const spoolPath = spool === null ? join(dataDir, 'ledger-spool.db') : resolve(workingDirectory, spool)
  return { enabled, spoolPath, durability, whenFull, retentionMs: retention }
}
