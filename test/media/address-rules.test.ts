import { describe, expect, test } from 'vitest'
import { createAddressRules } from '../../src/media/address-rules.ts'

const { mayDial, mayAsk } = createAddressRules(
  ['8.8.8.8', '1.1.0.0/16', '2606:4700::/32', '2a00::1', 'Images.example', '*.internal.example'],
  () => ['9.9.9.9', '2620:fe::fe', 'fe80::1%eth0'],
)

test.each([
  '93.184.216.34',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '223.255.255.255',
  '2001:4860:4860::8888',
  '2a00::2',
])('%s may be dialled', (address) => {
  expect(mayDial(address)).toBe(true)
})

describe('an address may not be dialled', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
  ])('that is not for everybody: %s', (address) => {
    expect(mayDial(address)).toBe(false)
  })

  test.each([
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.4.4',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:10::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456:789a::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
  ])('that is not global, or stands for another: %s', (address) => {
    expect(mayDial(address)).toBe(false)
  })

  test.each(['9.9.9.9', '2620:fe::fe'])('that is the machine: %s', (address) => {
    expect(mayDial(address)).toBe(false)
  })

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '2a00::1', '2a00:0:0::0:1'])(
    'that the owner denies: %s',
    (address) => {
      expect(mayDial(address)).toBe(false)
    },
  )

  test.each(['', 'example.org', '1.2.3', '0x7f.1', '2130706433', '93.184.216.34/32', '[2a00::2]'])(
    'that is none: %j',
    (address) => {
      expect(mayDial(address)).toBe(false)
    },
  )
})

test('the own addresses are asked for each time', () => {
  const own: string[] = []
  const rules = createAddressRules([], () => own)
  expect(rules.mayDial('93.184.216.34')).toBe(true)
  own.push('93.184.216.34')
  expect(rules.mayDial('93.184.216.34')).toBe(false)
})

test.each([
  ['images.example', false],
  ['IMAGES.example.', false],
  ['a.images.example', true],
  ['internal.example', true],
  ['a.internal.example', false],
  ['a.b.internal.example.', false],
  ['notinternal.example', true],
  ['xinternal.example', true],
])('the host %s may be asked: %s', (host, expected) => {
  expect(mayAsk(host)).toBe(expected)
})
