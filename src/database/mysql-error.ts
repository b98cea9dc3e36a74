import { DatabaseError, type DeniedRight } from './database-error.ts'

/** mysql2 hangs the statement and its values on its errors; only their codes come through here, and which right is missing. */
export function toDatabaseError(thrown: unknown): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown
  const { code, errno, message, fatal }: ErrorFields = typeof thrown === 'object' && thrown !== null ? thrown : {}
  if (code === 'HANDSHAKE_SSL_ERROR') return new DatabaseError(encryptionCodeOf(String(message)))
  const unnamed = fatal === true ? 'PROTOCOL_CONNECTION_LOST' : 'UNKNOWN'
  return new DatabaseError(
    typeof code === 'string' ? code : (mariaDbCodes[String(errno)] ?? unnamed),
    typeof errno === 'number' ? errno : undefined,
    code === 'ER_TABLEACCESS_DENIED_ERROR' ? findDenied(String(message)) : undefined,
  )
}

/** mysql2 has no names for those that MariaDB alone has. */
const mariaDbCodes: Readonly<Record<string, string>> = { 1927: 'ER_CONNECTION_KILLED' }

/** MySQL quotes the table alone, MariaDB its database before it. Undefined for words that are neither's. */
function findDenied(message: string): DeniedRight | undefined {
  const found = /^([A-Z]+(?:,? [A-Z]+)*) command denied to user .* for table (?:`\w+`\.)?[`'](\w+)[`']$/.exec(message)
  const [, right, table] = found ?? []
  return right === undefined || table === undefined ? undefined : { right, table }
}

interface ErrorFields {
  readonly code?: unknown
  readonly errno?: unknown
  readonly message?: unknown
  /** With neither code nor number: a statement on a connection that is closed already. */
  readonly fatal?: unknown
}

/** mysql2 puts one code over all that keeps a connection from being encrypted; Node's own is to be told by its words only. */
function encryptionCodeOf(message: string): string {
  const known = Object.entries(beginnings).find(([, beginning]) => message.startsWith(beginning))
  return known?.[0] ?? 'HANDSHAKE_SSL_ERROR'
}

/** Node's codes, and how the messages begin that come with them (OpenSSL's `X509_verify_cert_error_string`). */
const beginnings = {
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: "Hostname/IP does not match certificate's altnames",
} satisfies Readonly<Record<string, string>>
