import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseUrlSchema } from '../../src/settings/database-url.ts'
import { printSettings, reportSettings } from '../../src/settings/print-settings.ts'
import { authority, stranger } from '../support/mysql-certificate.ts'
import { createWorkingDirectory, load, refuse } from './working-directory.ts'

const privateKey = readFileSync(new URL('../support/certificates/not-a-secret.key', import.meta.url), 'utf8')
const urlWith = (parameters: string) => `mysql://u:p@db.example.org/keys?${parameters}`
const loadUrl = (url: string) => load({ environment: { GATEWAY_DATABASE_URL: url } }).settings.database
const refuseUrl = (url: string) => refuse({ environment: { GATEWAY_DATABASE_URL: url } })

describe('ssl-mode', () => {
  test.each(['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])('%s is how the connection is encrypted', (mode) => {
    expect(loadUrl(urlWith(`ssl-mode=${mode}`))).toMatchObject({ encryption: { mode } })
    expect(loadUrl(urlWith(`ssl-mode=${mode.toLowerCase()}`))).toMatchObject({ encryption: { mode } })
  })

  test('DISABLED is as nothing at all: plain', () => {
    expect(loadUrl(urlWith('ssl-mode=DISABLED'))).toEqual(loadUrl('mysql://u:p@db.example.org/keys'))
    expect(loadUrl(urlWith('ssl-mode=DISABLED'))).not.toHaveProperty('encryption')
  })

  test.each([
    ['PREFERRED', 'REQUIRED'],
    ['VERIFY', 'VERIFY_CA'],
    ['verify-ident', 'VERIFY_IDENTITY'],
    ['', undefined],
  ])('is not guessed at %j', (mode, nearest) => {
    const [problem, ...others] = refuseUrl(urlWith(`ssl-mode=${mode}`))
    expect(others).toEqual([])
    expect(problem).toMatchObject({
      name: 'GATEWAY_DATABASE_URL',
      found: mode === '' ? 'an empty ssl-mode' : `ssl-mode=${mode}`,
      wanted: 'one of DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY',
      ...(nearest === undefined ? {} : { nearest }),
    })
  })
})

describe('ssl-ca', () => {
  test('is read from below the working directory, as other paths are, and keeps nothing but certificates', () => {
    const directory = createWorkingDirectory()
    const path = directory.write(
      'certificates/both.pem',
      Buffer.from(`# théirs\n${authority}${privateKey}# others\n${stranger}`, 'latin1'),
    )
    for (const named of ['certificates/both.pem', './certificates/both.pem', path]) {
      const url = urlWith(`ssl-mode=VERIFY_CA&ssl-ca=${named}`)
      const { database } = directory.load({ flags: { databaseUrl: url } }).settings
      const encryption = { mode: 'VERIFY_CA', authoritiesPath: path, authorities: authority + stranger }
      expect(database).toMatchObject({ encryption })
    }
  })

  test('has a plus where its path has one', () => {
    const directory = createWorkingDirectory()
    directory.write('c++/ca.pem', authority)
    const url = urlWith('ssl-mode=VERIFY_IDENTITY&ssl-ca=c++/ca.pem')
    expect(directory.load({ file: `databaseUrl: ${url}` }).settings.database).toMatchObject({
      encryption: { authorities: authority },
    })
  })

  test('that cannot be read or holds no certificate is told beside all other problems, where it was written', () => {
    const directory = createWorkingDirectory()
    directory.write('notes.txt', Buffer.from('no certificate, é', 'latin1'))
    directory.write('damaged.pem', authority.replace('MII', 'AAA'))
    const found = (name: string) => {
      const file = `port: x\ndatabaseUrl: ${urlWith(`ssl-mode=VERIFY_CA&ssl-ca=${name}`)}`
      const { problems } = directory.refuse({ file })
      expect(problems.map((problem) => problem.name).toSorted()).toEqual(['databaseUrl', 'port'])
      return problems.find((problem) => problem.name === 'databaseUrl')
    }
    const at = (name: string) => join(directory.path, name)
    expect(found('missing.pem')).toEqual({
      name: 'databaseUrl',
      line: 2,
      found: `ssl-ca=${at('missing.pem')}, which cannot be read (ENOENT)`,
      wanted: 'a file that can be read',
    })
    expect(found('config')?.found).toBe(`ssl-ca=${at('config')}, which cannot be read (EISDIR)`)
    const wanted = 'a file of certificates in PEM'
    const none = `ssl-ca=${at('notes.txt')}, which holds no certificate`
    expect(found('notes.txt')).toMatchObject({ found: none, wanted })
    const damaged = `ssl-ca=${at('damaged.pem')}, which holds a damaged certificate`
    expect(found('damaged.pem')).toMatchObject({ found: damaged, wanted })
  })

  test('is refused where nothing would look at it', () => {
    for (const [parameters, mode] of [
      ['ssl-ca=/ca.pem', 'DISABLED'],
      ['ssl-mode=REQUIRED&ssl-ca=/ca.pem', 'REQUIRED'],
    ] as const) {
      expect(refuseUrl(urlWith(parameters))).toEqual([
        expect.objectContaining({
          found: `an ssl-ca that ssl-mode=${mode} does not look at`,
          wanted: 'ssl-mode=VERIFY_CA or ssl-mode=VERIFY_IDENTITY with it',
        }),
      ])
    }
    expect(refuseUrl(urlWith('ssl-mode=VERIFY_CA&ssl-ca='))[0]?.found).toBe('an empty ssl-ca')
  })
})

test('an unknown parameter is told with the nearest known one, but not its name, which may be a piece of a password', () => {
  for (const [parameters, nearest] of [
    ['sslMode=REQUIRED', 'ssl-mode'],
    ['ssl_ca=/ca.pem', 'ssl-ca'],
    ['socket_path=/s', 'socketPath'],
    ['charset=utf8', undefined],
    ['x=1', undefined],
  ] as const) {
    expect(refuseUrl(urlWith(parameters))).toEqual([
      {
        name: 'GATEWAY_DATABASE_URL',
        found: 'an unknown parameter',
        wanted: 'one of socketPath, ssl-mode, ssl-ca',
        ...(nearest === undefined ? {} : { nearest }),
      },
    ])
  }
  for (const url of [
    'mysql://u:a@b/c?hunter2@h/db',
    'mysql://u:a@b/c?ssl-mode=hunter2@h/db',
    'mysql://u:a@b/c?ssl-mode=VERIFY_CA&ssl-ca=hunter2@h/db',
    'mysql://u:a@b/c?ssl-mode=VERIFY_CA&ssl-ca=hunter2&x@h/db',
    'mysql://u:a@b/c?ssl-mode=hunter2&x@h/db',
    'mysql://u:1?ssl-mode=VERIFY_CA&ssl-ca=hunter2&x@h/db',
  ]) {
    const { message } = createWorkingDirectory().refuse({ environment: { GATEWAY_DATABASE_URL: url } })
    expect(message).not.toContain('hunter2')
  }
})

test('everything that is wrong with the parameters is told at once, and no consequence of it', () => {
  const found = (parameters: string) => refuseUrl(urlWith(parameters)).map((problem) => problem.found)
  expect(found('ssl-mode=PREFERRED&x=1&ssl-ca=/nowhere').toSorted()).toEqual([
    'an unknown parameter, number 2 of 3',
    'ssl-ca=/nowhere, which cannot be read (ENOENT)',
    'ssl-mode=PREFERRED',
  ])
  expect(found('x=1&y=2&socketPath=s&ssl-mode=REQUIRED&ssl-ca=/nowhere')).toEqual([
    'an unknown parameter, number 1 of 5',
    'an unknown parameter, number 2 of 5',
    'a socketPath that is not absolute',
    'an ssl-ca that ssl-mode=REQUIRED does not look at',
  ])
  expect(found('ssl-mode=PREFERRED&ssl-ca=')).toEqual(['ssl-mode=PREFERRED', 'an empty ssl-ca'])
  expect(refuseUrl('mysql://u:p@h?x=1').map((problem) => problem.found)).toEqual([
    'a secret of 17 characters',
    'an unknown parameter',
  ])
})

test('a parameter that is given twice is refused', () => {
  const found = refuseUrl(urlWith('ssl-mode=REQUIRED&ssl-mode=DISABLED'))[0]?.found
  expect(found).toBe('ssl-mode twice')
})

test('what is printed names mode and file, reads as the same again, and has neither password nor certificate', () => {
  const directory = createWorkingDirectory()
  const path = directory.write('ca of ours.pem', authority)
  const parameters = `socketPath=/run/mysqld.sock&ssl-mode=VERIFY_IDENTITY&ssl-ca=${encodeURIComponent('ca of ours.pem')}`
  const loaded = directory.load({
    environment: { GATEWAY_DATABASE_URL: `mysql://u:hidden-word@db.example.org/keys?${parameters}` },
  })
  const shown = printSettings(loaded) + JSON.stringify(reportSettings(loaded))
  expect(shown).not.toMatch(/hidden-word|CERTIFICATE/)
  const [, printed] = /databaseUrl: (\S+)/.exec(shown) ?? []
  expect(databaseUrlSchema.parse(printed)).toMatchObject({
    socketPath: '/run/mysqld.sock',
    encryption: { mode: 'VERIFY_IDENTITY', authoritiesPath: path },
  })
})
