import { expect, test } from 'vitest'
import { readRemoteUrl } from '../../src/wire/remote-url.ts'

test.each([
  ['https://example.org/a.png', 'https://example.org/a.png'],
  ['HTTP://Example.ORG', 'http://example.org/'],
  ['https://example.org:443/a?b=c#d', 'https://example.org/a?b=c#d'],
  ['http://example.org:443/', 'http://example.org:443/'],
  ['https://example.org:80/', 'https://example.org:80/'],
  ['https://bücher.example/ä b'.replace(' ', '%20'), 'https://xn--bcher-kva.example/%C3%A4%20b'],
  ['https://cdn_1.example.org/a@b.png?at=@', 'https://cdn_1.example.org/a@b.png?at=@'],
  ['http://[2606:4700::1]/a', 'http://[2606:4700::1]/a'],
])('%s is taken as %s', (text, href) => {
  expect(readRemoteUrl(text)?.href).toBe(href)
})

test.each([
  ['a backslash for a slash', 'https:\\\\example.org\\a'],
  ['a backslash in the authority', 'https://example.org\\@10.0.0.1/'],
  ['a backslash in the path', 'https://example.org/a\\b'],
  ['a user', 'https://user@example.org/'],
  ['a user and a password', 'https://user:secret@example.org/'],
  ['an empty user', 'https://@example.org/'],
  ['an empty user and password', 'https://:@example.org/'],
  ['a line break', 'https://example.org/\r\nHost: other'],
  ['a tab in the scheme', 'ht\ttps://example.org/'],
  ['a tab in the host', 'https://exam\tple.org/'],
  ['a zero byte', 'https://example.org/\0'],
  ['a blank in front', ' https://example.org/'],
  ['a blank behind', 'https://example.org/ '],
  ['a blank of another kind', 'https://example.org/\u00a0'],
  ['a line separator', 'https://example.org/\u2028'],
  ['a port of its own', 'https://example.org:8443/'],
  ['port 22', 'http://example.org:22/'],
  ['port 0', 'http://example.org:0/'],
  ['another scheme', 'file:///etc/passwd'],
  ['ftp', 'ftp://example.org/a.png'],
  ['gopher', 'gopher://example.org:80/_GET'],
  ['no slashes', 'https:example.org'],
  ['one slash', 'https:/example.org'],
  ['three slashes', 'https:///example.org'],
  ['no host', 'https://'],
  ['a host of percent escapes that are no letters', 'https://%00.example.org/'],
  ['a percent escape that hides a slash', 'https://example.org%2f@10.0.0.1/'],
  ['a host with a star', 'https://*.example.org/'],
  ['a host that is too long for one', `https://${'a'.repeat(300)}.example.org/`],
  ['an IPv6 address with a zone', 'http://[fe80::1%25eth0]/'],
  ['a number too large for an address', 'http://4294967296/'],
  ['no end', `https://example.org/${'a'.repeat(5000)}`],
  ['nothing', ''],
])('an address with %s is refused', (_name, text) => {
  expect(readRemoteUrl(text)).toBeUndefined()
})
