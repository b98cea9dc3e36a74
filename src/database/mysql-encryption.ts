import { connect, isIP } from 'node:net'
import type { MysqlSettings } from './database-settings.ts'

/** What mysql2 is told of encryption; it refuses a server that offers none, and sends no name or password before it is there. */
export function encryptionOptions(settings: MysqlSettings) {
  const { encryption, host } = settings
  if (encryption === undefined) return {}
  const { mode, authorities } = encryption
  const ssl = {
    rejectUnauthorized: mode !== 'REQUIRED',
    verifyIdentity: mode === 'VERIFY_IDENTITY',
    ...(authorities === undefined ? {} : { ca: authorities }),
  }
  // mysql2 names no server that is an IP address, and Node then looks for `localhost` in the certificate, whoever shows it.
  // With a dot at its end it passes for a name, and Node drops the dot before it compares; dialling is left to us.
  const isUnnamed = ssl.verifyIdentity && isIP(host) !== 0
  return isUnnamed ? { ssl, host: `${host}.`, stream: () => dial(settings) } : { ssl }
}

function dial({ host, port, socketPath }: MysqlSettings) {
  return connect(socketPath === undefined ? { host, port, noDelay: true, keepAlive: true } : { path: socketPath })
}
