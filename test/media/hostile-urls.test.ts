import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAddressRules } from '../../src/media/address-rules.ts'
import { createFetchBytes, type FetchBytes } from '../../src/media/fetch-bytes.ts'
import { images } from '../wire/small-images.ts'
import { type ImageHost, publicAddress, startImageHost } from './image-host.ts'

let host: ImageHost
let fetchBytes: FetchBytes

beforeAll(async () => {
  const names = {
    'images.example': [publicAddress],
    localhost: ['127.0.0.1', '::1'],
    'localhost.': ['127.0.0.1', '::1'],
    'sub.localhost': ['127.0.0.1'],
    'rebind.example': ['127.0.0.1'],
    '127.0.0.1.nip.example': ['127.0.0.1'],
    'mapped.example': ['::ffff:127.0.0.1'],
    'translated.example': ['64:ff9b::7f00:1'],
    'mixed.example': [publicAddress, '192.168.0.1'],
    'mixed6.example': ['2606:4700::1111', 'fd00::1'],
    'own.example': ['198.41.0.4'],
    'metadata.google.internal': ['169.254.169.254'],
    'nonsense.example': ['not an address'],
    'xn--e1afmkfd.example': ['10.0.0.1'],
  }
  host = await startImageHost(names, (_request, response) => response.end(images.png.bytes))
  const rules = createAddressRules(['denied.example', '93.184.216.0/28'], host.network.ownAddresses)
  fetchBytes = createFetchBytes({ network: host.network, rules, bytesMax: 10_000, timeoutMs: 5000 })
})

afterAll(() => host.close())

test('a public address is dialled', async () => {
  await fetchBytes('http://images.example/', AbortSignal.timeout(5000))
  expect(host.dialled).toHaveLength(1)
})

describe('nothing is ever dialled for', () => {
  test.each([
    ['loopback', 'http://127.0.0.1/'],
    ['loopback in short', 'http://127.1/'],
    ['loopback as a decimal number', 'http://2130706433/'],
    ['loopback in octal', 'http://0177.0.0.1/'],
    ['loopback as one octal number', 'http://017700000001/'],
    ['loopback in hexadecimal', 'http://0x7f.0.0.1/'],
    ['loopback as one hexadecimal number', 'http://0x7f000001/'],
    ['loopback in mixed bases', 'http://0x7f.0.1/'],
    ['loopback in full width', 'http://１２７.０.０.１/'],
    ['loopback with other dots', 'http://127。0。0。1/'],
    ['loopback in circled digits', 'http://①②⑦.⓪.⓪.①/'],
    ['loopback in percent escapes', 'http://%31%32%37.0.0.1/'],
    ['loopback with a dot behind', 'http://127.0.0.1./'],
    ['all of loopback', 'http://127.127.127.127/'],
    ['no address, which is this machine', 'http://0.0.0.0/'],
    ['no address in short', 'http://0/'],
    ['a private network', 'http://10.0.0.1/'],
    ['a private network in hexadecimal', 'http://0xa000001/'],
    ['another private network', 'http://172.16.0.1/'],
    ['a home', 'http://192.168.1.1/'],
    ['a provider', 'http://100.64.0.1/'],
    ['a cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['a cloud’s metadata as a number', 'http://2852039166/'],
    ['a cloud’s metadata by name', 'http://metadata.google.internal/'],
    ['everybody at once', 'http://255.255.255.255/'],
    ['a group', 'http://224.0.0.1/'],
    ['loopback of IPv6', 'http://[::1]/'],
    ['loopback of IPv6 in full', 'http://[0:0:0:0:0:0:0:1]/'],
    ['no address of IPv6', 'http://[::]/'],
    ['loopback mapped', 'http://[::ffff:127.0.0.1]/'],
    ['loopback mapped in hexadecimal', 'http://[::ffff:7f00:1]/'],
    ['a public address mapped', 'http://[::ffff:93.184.216.34]/'],
    ['loopback as IPv6 compatible', 'http://[::127.0.0.1]/'],
    ['loopback translated', 'http://[64:ff9b::7f00:1]/'],
    ['loopback translated locally', 'http://[64:ff9b:1::7f00:1]/'],
    ['loopback in 6to4', 'http://[2002:7f00:1::]/'],
    ['loopback in Teredo', 'http://[2001:0:7f00:1::80ff:fffe]/'],
    ['a unique local address', 'http://[fd00::1]/'],
    ['a cloud’s metadata of IPv6', 'http://[fd00:ec2::254]/'],
    ['a link', 'http://[fe80::1]/'],
    ['a link with a zone', 'http://[fe80::1%25lo]/'],
    ['this machine', 'http://localhost/'],
    ['this machine with a dot', 'http://localhost./'],
    ['this machine in capitals', 'http://LOCALHOST/'],
    ['a name below this machine', 'http://sub.localhost/'],
    ['a name that means loopback', 'http://rebind.example/'],
    ['a name that looks like an address', 'http://127.0.0.1.nip.example/'],
    ['a name that means a mapped address', 'http://mapped.example/'],
    ['a name that means a translated address', 'http://translated.example/'],
    ['a name that means also a private address', 'http://mixed.example/'],
    ['a name that means also a unique local address', 'http://mixed6.example/'],
    ['a name that means the machine’s own public address', 'http://own.example/'],
    ['the machine’s own public address', 'http://198.41.0.4/'],
    ['a name that means nonsense', 'http://nonsense.example/'],
    ['a name in another script that means a private address', 'http://пример.example/'],
    ['a name that means nothing', 'http://unknown.example/'],
    ['a name that the owner denies', 'http://denied.example/'],
    ['a name that the owner denies, with a dot', 'http://DENIED.example./'],
    ['a network that the owner denies', 'http://93.184.216.1/'],
    ['a backslash', 'http://images.example\\@127.0.0.1/'],
    ['credentials', 'http://images.example@127.0.0.1/'],
    ['credentials with a public host', 'http://127.0.0.1@images.example/'],
    ['another port', 'http://images.example:8080/'],
    ['a service of its own', 'http://images.example:6379/'],
    ['a line break', 'http://images.example/\r\nX: y'],
    ['a file', 'file:///etc/passwd'],
    ['gopher', 'gopher://images.example/'],
    ['a script', 'javascript:alert(1)'],
    ['a path alone', '/etc/passwd'],
    ['nothing', ''],
  ])('%s: %s', async (_name, url) => {
    const before = host.dialled.length
    await expect(fetchBytes(url, AbortSignal.timeout(5000))).rejects.toThrow(/^The (?:host|address) /)
    expect(host.dialled).toHaveLength(before)
  })
})
