import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printSettings, reportSettings } from '../../src/settings/print-settings.ts'
import { createWorkingDirectory, namesOf, refuse, type Sources } from './working-directory.ts'

describe('secrets in files', () => {
  test('each is read from the file that its variable names, without the line break at the end', () => {
    const directory = createWorkingDirectory()
    directory.write('url', 'mysql://u:p@h/db\n')
    const { settings, sources } = directory.load({
      environment: {
        GATEWAY_DATABASE_URL_FILE: './url',
        GATEWAY_VLLM_API_KEY_FILE: directory.write('vllm', 'for vllm\r\n'),
        GATEWAY_ADMIN_KEY_FILE: directory.write('admin', 'sixteen or more.'),
        GATEWAY_OPEN_WEBUI_JWT_SECRET_FILE: directory.write('signing', 'sixteen or more, too\n'),
      },
    })
    expect(settings.database).toMatchObject({ kind: 'mysql', password: 'p', database: 'db' })
    expect(settings.services[0]?.apiKey).toBe('for vllm')
    expect(settings.adminKey).toBe('sixteen or more.')
    expect(settings.openWebuiJwtSecret).toBe('sixteen or more, too')
    expect(sources['adminKey']).toEqual({ from: 'environment', name: 'GATEWAY_ADMIN_KEY_FILE' })
  })

  test('each is read from the file that the settings name', () => {
    const directory = createWorkingDirectory()
    directory.write('secrets/url', 'sqlite:/x.db\n')
    directory.write('secrets/a', 'key-a\n')
    directory.write('secrets/admin', 'sixteen or more.\n')
    const services = 'services: [{ apiKey: null, apiKeyFile: secrets/a }, { name: b, apiKey: key-b }]'
    const file = `databaseUrlFile: secrets/url\nadminKeyFile: secrets/admin\n${services}`
    const { settings, sources } = directory.load({ file })
    expect(settings).toMatchObject({ database: { path: '/x.db' }, adminKey: 'sixteen or more.' })
    expect(settings.services.map(({ apiKey }) => apiKey)).toEqual(['key-a', 'key-b'])
    expect(sources['services[0].apiKey']).toEqual({ from: 'file', name: 'services[0].apiKeyFile', line: 3 })
  })

  test('only one line break is dropped', () => {
    const directory = createWorkingDirectory()
    directory.write('url', 'sqlite:/x.db\n')
    const path = directory.write('admin', 'sixteen or more.\n\n')
    const { problems } = directory.refuse({ environment: { GATEWAY_ADMIN_KEY_FILE: path } })
    expect(problems[0]).toMatchObject({ name: 'GATEWAY_ADMIN_KEY_FILE', found: 'a secret of 17 characters' })
  })

  test('a secret in both forms in one source is refused', () => {
    const directory = createWorkingDirectory()
    const key = directory.write('key', 'sixteen or more.')
    const variables = [
      'GATEWAY_DATABASE_URL',
      'GATEWAY_VLLM_API_KEY',
      'GATEWAY_ADMIN_KEY',
      'GATEWAY_OPEN_WEBUI_JWT_SECRET',
    ]
    for (const name of variables) {
      const { problems } = directory.refuse({
        environment: { [name]: 'sqlite:sixteen-or-more', [`${name}_FILE`]: key },
      })
      expect(problems).toContainEqual(expect.objectContaining({ name: `${name}_FILE`, found: `${name} set as well` }))
    }
    const inFile = directory.refuse({
      file: `adminKey: sixteen or more.\nadminKeyFile: ${key}\nservices: [{ apiKey: a, apiKeyFile: ${key} }]`,
    })
    expect(namesOf(inFile.problems)).toEqual(['adminKeyFile', 'services[0].apiKeyFile'])
  })

  test('a later source beats either form in an earlier one', () => {
    const directory = createWorkingDirectory()
    const key = directory.write('key', 'from the other file')
    const plain = directory.load({
      file: 'adminKeyFile: /nowhere',
      environment: { GATEWAY_ADMIN_KEY: 'sixteen or more.' },
    })
    expect(plain.settings.adminKey).toBe('sixteen or more.')
    const read = directory.load({ file: 'adminKey: sixteen or more.', environment: { GATEWAY_ADMIN_KEY_FILE: key } })
    expect(read.settings.adminKey).toBe('from the other file')
    const flag = { flags: { databaseUrl: 'sqlite:/f.db' }, environment: { GATEWAY_DATABASE_URL_FILE: '/nowhere' } }
    expect(directory.load({ ...flag, file: '' }).settings.database).toEqual({ kind: 'sqlite', path: '/f.db' })
  })

  test('a file that cannot be read is named', () => {
    const problems = refuse({ environment: { GATEWAY_ADMIN_KEY_FILE: '/run/nowhere/admin-key' } })
    expect(problems).toEqual([
      {
        name: 'GATEWAY_ADMIN_KEY_FILE',
        found: '/run/nowhere/admin-key, which cannot be read (ENOENT)',
        wanted: 'a file that can be read',
      },
    ])
    expect(refuse({ file: 'services: [{ apiKeyFile: / }]' })[0]?.found).toBe('/, which cannot be read (EISDIR)')
  })

  test('a path that is empty is no path', () => {
    const problems = refuse({ environment: { GATEWAY_DATABASE_URL_FILE: '' } })
    expect(problems).toEqual([
      { name: 'GATEWAY_DATABASE_URL_FILE', found: 'an empty value', wanted: 'the path of a file' },
    ])
  })

  test('a pipe is read once, also where the settings are checked twice', () => {
    const directory = createWorkingDirectory()
    const pipe = join(directory.path, 'pipe')
    execFileSync('sh', ['-c', `mkfifo '${pipe}'`])
    spawn('sh', ['-c', `printf sixteen.or.more. > '${pipe}'`])
    const { problems } = directory.refuse({ file: `adminKeyFile: ${pipe}\nport: 1\nport: 2` })
    expect(namesOf(problems)).toEqual(['config/gateway.yaml:3:1'])
  })

  test('an empty file is an empty secret', () => {
    const directory = createWorkingDirectory()
    const path = directory.write('empty', '\n')
    const { problems } = directory.refuse({ environment: { GATEWAY_VLLM_API_KEY_FILE: path } })
    expect(problems[0]).toMatchObject({ name: 'GATEWAY_VLLM_API_KEY_FILE', found: 'an empty value' })
  })
})

describe('what the gateway shows of secrets', () => {
  test('a bad one is described by its length', () => {
    const problems = refuse({ environment: { GATEWAY_ADMIN_KEY: 'hunter2' } })
    expect(problems).toEqual([expect.objectContaining({ found: 'a secret of 7 characters' })])
  })

  test('no message has one, however it is wrong and wherever it was put', () => {
    const secret = 'hunter2-Hunter2'
    const wrong: Sources[] = [
      { environment: { GATEWAY_ADMIN_KEY: secret } },
      { environment: { GATEWAY_ADMIN_KEY: `${secret}\n${secret}` } },
      { environment: { GATEWAY_ADMIN_KEY_FILE: secret } },
      { environment: { GATEWAY_OPEN_WEBUI_JWT_SECRET: secret } },
      { file: `openWebuiJwtSecret: [${secret}]` },
      { environment: { GATEWAY_DATABASE_URL_FILE: `mysql://u:${secret}@h/db` } },
      { environment: { GATEWAY_VLLM_API_KEY: `${secret}é` } },
      { environment: { GATEWAY_VLLM_URL: `http://u:${secret}@h` } },
      { environment: { GATEWAY_VLLM_URL: `u:${secret}@h` } },
      { environment: { GATEWAY_KEY: secret } },
      { flags: { databaseUrl: `postgres://u:${secret}@h/db` } },
      { file: `databaseUrl: mysql://u:${secret}/x@h/db` },
      { file: `databaseUrl: mysql://u:1?${secret}=x@h/db` },
      { file: `databaseURL: mysql://u:${secret}@h/db` },
      { file: `adminKey: [${secret}]` },
      { file: `services: [{ apiKey: "${secret}é" }]` },
      { file: `services: [{ apikey: ${secret} }]` },
      { file: `adminKey: ${secret}\nadminKeyFile: ${secret}` },
    ]
    for (const sources of wrong) {
      const { message, problems } = createWorkingDirectory().refuse(sources)
      expect(message + JSON.stringify(problems), JSON.stringify(sources)).not.toContain(secret)
    }
  })

  test('settings are printed without a piece of one, whatever its characters', () => {
    const secret = fc.stringMatching(/^[!-~]{20,60}$/)
    const directory = createWorkingDirectory()
    const property = fc.property(secret, secret, secret, secret, (password, adminKey, apiKey, jwtSecret) => {
      const url = `mysql://user:${encodeURIComponent(password)}@h/db`
      const environment = {
        GATEWAY_DATABASE_URL: url,
        GATEWAY_ADMIN_KEY: adminKey,
        GATEWAY_VLLM_API_KEY: apiKey,
        GATEWAY_OPEN_WEBUI_JWT_SECRET: jwtSecret,
      }
      const loaded = directory.load({ environment })
      expect(loaded.settings.database).toMatchObject({ password })
      const shown = printSettings(loaded) + JSON.stringify(reportSettings(loaded))
      for (const hidden of [password, encodeURIComponent(password), adminKey, apiKey, jwtSecret]) {
        expect(shown).not.toContain(hidden)
        expect(shown).not.toContain(hidden.slice(0, 20))
      }
    })
    fc.assert(property)
  })
})
