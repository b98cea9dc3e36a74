import type { SettingPath } from './raw-map.ts'

/** The command line's settings as they were written. Secrets have no flag: everybody can read a process's arguments. */
export interface SettingsFlags {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly databaseUrl?: string | undefined
  /** Null where it is not given: it can only be turned off. */
  readonly migrate?: 'false' | null | undefined
  readonly dataDir?: string | undefined
  readonly vllmUrl?: string | undefined
  readonly logLevel?: string | undefined
  readonly logFormat?: string | undefined
  readonly shutdownGrace?: string | undefined
}

/** A setting that has a name outside the file. */
export interface NamedSetting {
  readonly path: SettingPath
  readonly variable: string
  readonly flag?: keyof SettingsFlags
  /** Its value may also be given as the path of a file, in `<variable>_FILE`. */
  readonly isSecret?: boolean
}

export const configVariable = 'GATEWAY_CONFIG'

export const namedSettings: readonly NamedSetting[] = [
  { path: ['host'], variable: 'GATEWAY_HOST', flag: 'host' },
  { path: ['port'], variable: 'GATEWAY_PORT', flag: 'port' },
  { path: ['databaseUrl'], variable: 'GATEWAY_DATABASE_URL', flag: 'databaseUrl', isSecret: true },
  { path: ['migrate'], variable: 'GATEWAY_MIGRATE', flag: 'migrate' },
  { path: ['dataDir'], variable: 'GATEWAY_DATA_DIR', flag: 'dataDir' },
  { path: ['services', 0, 'upstreams'], variable: 'GATEWAY_VLLM_URL', flag: 'vllmUrl' },
  { path: ['services', 0, 'apiKey'], variable: 'GATEWAY_VLLM_API_KEY', isSecret: true },
  { path: ['adminKey'], variable: 'GATEWAY_ADMIN_KEY', isSecret: true },
  { path: ['logLevel'], variable: 'GATEWAY_LOG_LEVEL', flag: 'logLevel' },
  { path: ['logFormat'], variable: 'GATEWAY_LOG_FORMAT', flag: 'logFormat' },
  { path: ['shutdownGrace'], variable: 'GATEWAY_SHUTDOWN_GRACE', flag: 'shutdownGrace' },
  { path: ['unknownModel'], variable: 'GATEWAY_UNKNOWN_MODEL' },
  { path: ['firstEventHold'], variable: 'GATEWAY_FIRST_EVENT_HOLD' },
  { path: ['keepAliveEvery'], variable: 'GATEWAY_KEEP_ALIVE_EVERY' },
  { path: ['bodyMax'], variable: 'GATEWAY_BODY_MAX' },
  { path: ['openWebuiJwtSecret'], variable: 'GATEWAY_OPEN_WEBUI_JWT_SECRET', isSecret: true },
]

/** Flags that turn off what is usual. */
const negated = new Set(['migrate'])

/** `databaseUrl` → `--database-url`. */
export function flagText(flag: string): string {
  return `--${negated.has(flag) ? 'no-' : ''}${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
