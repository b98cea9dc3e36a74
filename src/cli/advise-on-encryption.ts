import type { MysqlEncryption } from '../database/database-settings.ts'

const encrypt =
  'Add ?ssl-mode=VERIFY_IDENTITY to databaseUrl or GATEWAY_DATABASE_URL, and &ssl-ca=FILE for an authority of your own; ' +
  'ssl-mode=REQUIRED encrypts without looking at the certificate.'
const nameAuthority = "Give ssl-ca a file with the certificate of the authority that signed the server's."

const advice: Readonly<Record<string, string>> = {
  ER_SECURE_TRANSPORT_REQUIRED: encrypt,
  HANDSHAKE_NO_SSL_SUPPORT:
    'Give the server a certificate (ssl_cert and ssl_key), or leave out ssl-mode to go in plain text.',
  HANDSHAKE_SSL_ERROR:
    "Have the server offer TLS 1.2 or 1.3; with ssl-ca, see whether it is the authority's newest certificate.",
  SELF_SIGNED_CERT_IN_CHAIN: nameAuthority,
  UNABLE_TO_GET_ISSUER_CERT: nameAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: nameAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: nameAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Give ssl-ca a file with that very certificate.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Name the host in databaseUrl as the certificate does, or check only who signed it with ssl-mode=VERIFY_CA.',
  CERT_HAS_EXPIRED: 'Give the server a new certificate.',
  CERT_NOT_YET_VALID: 'Set the clocks of both machines, or give the server another certificate.',
}

/**
 * What to do about a failure of MySQL's that is about encryption, or may be: a user that must come encrypted is refused as if
 * the password were wrong, by MariaDB also where nobody may come in plain text. Undefined for all else.
 */
export function adviseOnEncryption(code: string, encryption: MysqlEncryption | undefined): string | undefined {
  if (code !== 'ER_ACCESS_DENIED_ERROR' || encryption !== undefined) return advice[code]
  return `Check both; a server or a user may also take encrypted connections only (REQUIRE SSL). ${encrypt}`
}
