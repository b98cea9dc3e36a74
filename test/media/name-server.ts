import { createSocket } from 'node:dgram'
import { isIPv4 } from 'node:net'

export interface NameServer {
  /** Such as `127.0.0.1:53`. */
  readonly address: string
  readonly asked: number
  close(): void
}

const typeA = 1
const typeAaaa = 28

/** A name server on loopback that answers every name with these addresses, or with nothing at all. */
export async function startNameServer(addresses: readonly string[] | 'silent'): Promise<NameServer> {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (query, from) => {
    asked++
    if (addresses !== 'silent') socket.send(answerOf(query, addresses), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    get asked() {
      return asked
    },
    close: () => socket.close(),
  }
}

function answerOf(query: Buffer, addresses: readonly string[]): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5
  const type = query.readUInt16BE(questionEnd - 4)
  const wanted = addresses.filter((address) => type === (isIPv4(address) ? typeA : typeAaaa))
  const head = Buffer.from(query.subarray(0, 12))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(wanted.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, query.subarray(12, questionEnd), ...wanted.map((address) => recordOf(type, address))])
}

/** The question's name again, one minute, and an address; those of IPv6 are written out in full. */
function recordOf(type: number, address: string): Buffer {
  const bytes = isIPv4(address)
    ? Buffer.from(address.split('.').map(Number))
    : Buffer.from(
        address
          .split(':')
          .map((part) => part.padStart(4, '0'))
          .join(''),
        'hex',
      )
  const head = Buffer.from('c00c000000010000003c0000', 'hex')
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([head, bytes])
}
