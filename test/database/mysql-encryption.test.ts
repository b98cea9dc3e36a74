import { once } from 'node:events'
import { createServer } from 'node:net'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import type { MysqlEncryption, MysqlSettings } from '../../src/database/database-settings.ts'
import { sql } from '../../src/database/sql.ts'
import { authority, stranger } from '../support/mysql-certificate.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import { readMysqlUrl } from '../support/mysql-url.ts'

// These tests change the server's certificate, so that it has to be one of their own.
describe.skipIf(!mysqlServerIsInstalled())('a connection to MySQL', () => {
  let mysql: MysqlServer
  beforeAll(async () => {
    mysql = await startMysqlServer()
    await mysql.execute(`CREATE USER encrypted IDENTIFIED BY 'only so' REQUIRE SSL; GRANT ALL ON *.* TO encrypted`)
  })
  afterAll(() => mysql.stop())

  const required: MysqlEncryption = { mode: 'REQUIRED' }
  const verifyAuthority: MysqlEncryption = { mode: 'VERIFY_CA', authorities: authority }
  const verifyIdentity: MysqlEncryption = { mode: 'VERIFY_IDENTITY', authorities: authority }
  const encryptedUser = { user: 'encrypted', password: 'only so' }

  function open(encryption: MysqlEncryption | undefined, besides: Partial<MysqlSettings> = {}): Database {
    const settings = { ...readMysqlUrl(mysql.url()), ...(encryption === undefined ? {} : { encryption }), ...besides }
    const database = openDatabase(settings)
    onTestFinished(() => database.close())
    return database
  }

  /** As the server itself says; empty for a plain connection. */
  async function cipherOf({ kysely }: Database): Promise<string | undefined> {
    const { rows } = await sql<{ Value: string }>`show session status like 'Ssl_cipher'`.execute(kysely)
    return rows[0]?.Value
  }

  async function findSocket(): Promise<string> {
    const [row] = await mysql.execute('SELECT @@socket AS path')
    return String(row?.['path'])
  }

  test('is plain where nobody asks for more', async () => {
    expect(await cipherOf(open(undefined))).toBe('')
    await expect(cipherOf(open(undefined, encryptedUser))).rejects.toThrow(/ER_ACCESS_DENIED_ERROR/)
  })

  test('is encrypted under every mode, so that a user with REQUIRE SSL gets in', async () => {
    for (const encryption of [required, verifyAuthority, verifyIdentity]) {
      expect(await cipherOf(open(encryption, { ...encryptedUser, host: 'localhost' }))).toMatch(/^TLS_|GCM|POLY1305/)
    }
  })

  test('is encrypted also the second time, when it goes on from the TLS session of the first', async () => {
    const database = open(verifyIdentity, { host: 'localhost' })
    const first = await cipherOf(database)
    await expect(sql`kill connection_id()`.execute(database.kysely)).rejects.toThrow()
    expect(await cipherOf(database)).toBe(first)
    expect(first).not.toBe('')
  })

  test('works where the server takes no other', async () => {
    await sql`set global require_secure_transport = on`.execute(open(required).kysely)
    onTestFinished(async () => {
      await sql`set global require_secure_transport = off`.execute(open(required).kysely)
    })
    expect(await cipherOf(open(required))).not.toBe('')
    // MySQL says what it is about, MariaDB refuses the user.
    const words = /takes encrypted connections and sockets only \(ER_SECURE_TRANSPORT_REQUIRED|ER_ACCESS_DENIED_ERROR/
    await expect(cipherOf(open(undefined))).rejects.toThrow(words)
  })

  test('is refused where an unknown authority signed the certificate, unless nobody looks at it', async () => {
    for (const authorities of [stranger, rootCertificates.join('\n')]) {
      const verify = (mode: MysqlEncryption['mode']) => cipherOf(open({ mode, authorities }, { host: 'localhost' }))
      await expect(verify('VERIFY_CA')).rejects.toThrow(/has a certificate of an unknown authority/)
      await expect(verify('VERIFY_IDENTITY')).rejects.toThrow(/has a certificate of an unknown authority/)
      expect(await verify('REQUIRED')).not.toBe('')
    }
    const byNode = { mode: 'VERIFY_CA' } as const
    await expect(cipherOf(open(byNode))).rejects.toThrow(/has a certificate of an unknown authority/)
  })

  test('is refused where the certificate is for another name, be that localhost, and its address is none', async () => {
    expect(await cipherOf(open(verifyIdentity, { host: 'localhost' }))).not.toBe('')
    await expect(cipherOf(open(verifyIdentity))).rejects.toThrow(
      /has a certificate for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    )
    expect(await cipherOf(open(verifyAuthority))).not.toBe('')
  })

  describe('whose server', () => {
    afterAll(() => mysql.restart())

    test('has a certificate for its address is taken by that address, and not by a name', async () => {
      await mysql.restart('address')
      expect(await cipherOf(open(verifyIdentity))).not.toBe('')
      expect(await cipherOf(open(verifyIdentity, { port: 1, socketPath: await findSocket() }))).not.toBe('')
      await expect(cipherOf(open(verifyIdentity, { host: 'localhost' }))).rejects.toThrow(/for another name/)
    })

    test('has an expired certificate is refused, unless nobody looks at it', async () => {
      await mysql.restart('expired')
      for (const encryption of [verifyAuthority, verifyIdentity]) {
        await expect(cipherOf(open(encryption))).rejects.toThrow(/has expired \(CERT_HAS_EXPIRED\)/)
      }
      expect(await cipherOf(open(required))).not.toBe('')
    })

    test('offers no encryption is refused under every mode, and never spoken to in plain text', async () => {
      await mysql.restart('none')
      for (const encryption of [required, verifyAuthority, verifyIdentity]) {
        await expect(cipherOf(open(encryption))).rejects.toThrow(/offers no encryption \(HANDSHAKE_NO_SSL_SUPPORT\)/)
      }
      expect(await cipherOf(open(undefined))).toBe('')
    })
  })

  test('over a socket is encrypted too, where it is asked to be', async () => {
    const socketPath = await findSocket()
    for (const encryption of [required, verifyIdentity]) {
      expect(await cipherOf(open(encryption, { ...encryptedUser, host: 'localhost', port: 1, socketPath }))).not.toBe(
        '',
      )
    }
    await expect(cipherOf(open(verifyIdentity, { ...encryptedUser, socketPath }))).rejects.toThrow(/for another name/)
  })
})

test('a server that falls silent amid the handshake costs a query no more than its deadline, and hears no password', async () => {
  const heard: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => heard.push(Buffer.from(data)))
    socket.write(helloWithEncryption())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const settings = {
    ...readMysqlUrl('mysql://the-user:p@127.0.0.1/d'),
    port,
    encryption: { mode: 'REQUIRED' } as const,
  }
  const database = openDatabase(settings, { acquireMs: 200, queryMs: 300 })
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => sql`select 1`.execute(database.kysely)))
  expect(outcomes.every((outcome) => outcome.status === 'rejected' && /DEADLINE|ETIMEDOUT/.test(outcome.reason))).toBe(
    true,
  )
  await database.close()
  expect(heard.length).toBeGreaterThan(0)
  expect(Buffer.concat(heard).includes('the-user')).toBe(false)
})

/** MySQL's first packet (`HandshakeV10`), which offers TLS among little else. */
function helloWithEncryption(): Buffer {
  const protocol41 = 0x0200
  const ssl = 0x0800
  const secureConnection = 0x8000
  const capabilities = Buffer.alloc(2)
  capabilities.writeUInt16LE(protocol41 | ssl | secureConnection)
  const body = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.4.0\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    capabilities,
    Buffer.from([45, 2, 0, 0, 0, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0'),
  ])
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body])
}
