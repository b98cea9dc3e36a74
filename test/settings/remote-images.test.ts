import { describe, expect, test } from 'vitest'
import { load, namesOf, refuse } from './working-directory.ts'

function settingsOf(written: string) {
  const [service] = load({ file: `services: [{ remoteImages: ${written} }]` }).settings.services
  return service?.kind === 'chat' ? service.remoteImages : undefined
}

test('images by address are off, with bounds for when they are on', () => {
  const off = { enabled: false, bytesMax: 10 * 2 ** 20, timeoutMs: 5000, deny: [] }
  expect(settingsOf('')).toEqual(off)
  expect(settingsOf('{}')).toEqual(off)
  expect(settingsOf('{ enabled: true }')).toEqual({ ...off, enabled: true })
})

test('what is written holds', () => {
  const deny = ['203.0.113.7', '2001:db8::/32', '10.0.0.0/8', 'example.org', '*.internal.example', 'a_b', '8x.example']
  const written = `{ enabled: true, sizeMax: 500KiB, timeout: 2s, deny: ${JSON.stringify(deny)} }`
  expect(settingsOf(written)).toEqual({ enabled: true, bytesMax: 512_000, timeoutMs: 2000, deny })
})

describe('refused are', () => {
  test.each([
    ['{ enabled: yes }', 'enabled'],
    ['{ sizeMax: 1GiB }', 'sizeMax'],
    ['{ timeout: 10ms }', 'timeout'],
    ['{ timeout: 2m }', 'timeout'],
    ['{ deny: example.org }', 'deny'],
    ['{ allow: [] }', 'allow'],
  ])('%s', (written, name) => {
    const problems = refuse({ file: `services: [{ remoteImages: ${written} }]` })
    expect(namesOf(problems)).toEqual([`services[0].remoteImages.${name}`])
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0',
    '10.0.0.256',
    '::/129',
    'fe80::1::2',
    'https://example.org',
    'example.org/a',
    'example.org:80',
    '*example.org',
    'a.*.example',
    '*',
    'example..org',
    '',
    'a b',
  ])('the denied %j', (entry) => {
    const problems = refuse({ file: `services: [{ remoteImages: { deny: [${JSON.stringify(entry)}] } }]` })
    expect(namesOf(problems)).toEqual(['services[0].remoteImages.deny[0]'])
  })

  test.each(['-1', '65', '1.5', 'one'])('as many pieces of audio as %s', (written) => {
    expect(namesOf(refuse({ file: `services: [{ maxAudio: ${written} }]` }))).toEqual(['services[0].maxAudio'])
  })
})
