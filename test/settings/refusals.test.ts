import { describe, expect, test } from 'vitest'
import { createWorkingDirectory, namesOf, refuse } from './working-directory.ts'

test('says all problems at once, one a line, each under the name that the operator wrote', () => {
  const error = createWorkingDirectory().refuse({
    file: [
      'hots: 0.0.0.0',
      'bodyMax: 32MB',
      'services:',
      '  - name: v1',
      '    places: 0',
      '    defaults: { max_tokens: 9000, temprature: 1 }',
      'keys: { syncEvery: 5s }',
    ].join('\n'),
    environment: { GATEWAY_PORT: '80a', GATEWAY_PROT: '1', GATEWAY_VLLM_URL: 'vllm:8000' },
    flags: { shutdownGrace: 'soon' },
  })
  const names = [
    'GATEWAY_PROT',
    'GATEWAY_PORT',
    '--shutdown-grace',
    'bodyMax',
    'keys.syncEvery',
    'services[0].name',
    'GATEWAY_VLLM_URL',
    'services[0].defaults.temprature',
    'services[0].places',
    'services[0].defaults.max_tokens',
    'hots',
  ]
  expect(namesOf(error.problems).toSorted()).toEqual(names.toSorted())
  const [heading, ...lines] = error.message.split('\n')
  expect(heading).toContain('11 problems')
  expect(heading).toContain('config/gateway.yaml')
  expect(lines).toHaveLength(11)
  expect(lines).toContain('  services[0].places (line 5): found 0, wanted a whole number from 1 to 10000')
  expect(lines).toContain('  GATEWAY_PORT: found "80a", wanted a port: a whole number from 0 to 65535')
})

test('problems of the environment are said beside those of an unreadable file', () => {
  const problems = refuse({ flags: { config: 'missing.yaml' }, environment: { GATEWAY_PORT: 'x' } })
  expect(namesOf(problems)).toEqual(['--config', 'GATEWAY_PORT'])
})

test('what a later source puts right is no problem', () => {
  const directory = createWorkingDirectory()
  expect(directory.load({ file: 'port: x', environment: { GATEWAY_PORT: '1' } }).settings.port).toBe(1)
})

describe('unknown names', () => {
  test.each([
    ['hots: 1', 'hots', 'host', 1],
    ['database_url: x', 'database_url', 'databaseUrl', 1],
    ['services:\n  - place: 1', 'services[0].place', 'places', 2],
    ['services:\n  - timeouts:\n      firstevent: 1s', 'services[0].timeouts.firstevent', 'firstEvent', 3],
    ['services:\n  - defaults: { maxTokens: 1 }', 'services[0].defaults.maxTokens', 'max_tokens', 2],
    ['keys:\n  sync: 1s', 'keys.sync', 'syncEvery', 2],
    ['__proto__: { port: 1 }', '__proto__', 'port', 1],
  ])('refuses %j with the nearest name and the line', (file, name, nearest, line) => {
    expect(refuse({ file })).toEqual([expect.objectContaining({ name, nearest, line, found: 'an unknown setting' })])
  })

  test('finds them in an adopted table at any depth', () => {
    const file = [
      'keys:',
      '  table:',
      '    name: t',
      '    encoding: plain',
      '    columns: { token: c, revokd: r }',
      '    permissions: { from: csv, colum: p }',
    ].join('\n')
    const problems = refuse({ file })
    expect(problems).toContainEqual(
      expect.objectContaining({ name: 'keys.table.columns.revokd', nearest: 'revoked', line: 5 }),
    )
    expect(problems).toContainEqual(
      expect.objectContaining({ name: 'keys.table.permissions.colum', nearest: 'column', line: 6 }),
    )
  })

  test.each([
    ['GATEWAY_PROT', 'GATEWAY_PORT'],
    ['GATEWAY_DATABASEURL', 'GATEWAY_DATABASE_URL'],
    ['GATEWAY_HOST_FILE', 'GATEWAY_HOST'],
    ['GATEWAY_ADMIN_KEYFILE', 'GATEWAY_ADMIN_KEY_FILE'],
    ['GATEWAY_', 'GATEWAY_HOST'],
  ])('refuses the variable %s with the nearest name %s', (name, nearest) => {
    expect(refuse({ environment: { [name]: 'x' } })).toEqual([
      { name, found: 'an unknown variable', wanted: 'a known one', nearest },
    ])
  })

  test('other programs may have other variables', () => {
    const environment = { PATH: '/bin', MY_GATEWAY_X: '1', GATEWAYS: '2' }
    expect(createWorkingDirectory().load({ environment }).settings.port).toBe(8044)
  })
})

describe('bad values', () => {
  test.each([
    'GATEWAY_HOST',
    'GATEWAY_PORT',
    'GATEWAY_DATABASE_URL',
    'GATEWAY_DATA_DIR',
    'GATEWAY_VLLM_URL',
    'GATEWAY_VLLM_API_KEY',
    'GATEWAY_ADMIN_KEY',
    'GATEWAY_LOG_LEVEL',
    'GATEWAY_LOG_FORMAT',
    'GATEWAY_SHUTDOWN_GRACE',
    'GATEWAY_UNKNOWN_MODEL',
    'GATEWAY_FIRST_EVENT_HOLD',
    'GATEWAY_OPEN_WEBUI_JWT_SECRET',
    'GATEWAY_KEEP_ALIVE_EVERY',
    'GATEWAY_BODY_MAX',
    'GATEWAY_ADMIN_KEY_FILE',
  ])('an empty %s is not passed over', (name) => {
    const problems = refuse({ environment: { [name]: '' } })
    expect(problems).toEqual([expect.objectContaining({ name, found: expect.stringContaining('an empty value') })])
  })

  test.each([
    ['host: "127.0.0.1:8044"', 'host', '"127.0.0.1:8044"'],
    ['host: 300.1.1.1', 'host', '"300.1.1.1"'],
    ['port: 65536', 'port', '65536'],
    ['port: -1', 'port', '-1'],
    ['port:', 'port', 'nothing'],
    ['logLevel: INFO', 'logLevel', '"INFO"'],
    ['failedKeysPerMinute: -1', 'failedKeysPerMinute', '-1'],
    ['trustProxy: yes', 'trustProxy', '"yes"'],
    ['openWebuiJwtSecret: fifteen letters', 'openWebuiJwtSecret', 'a secret of 15 characters'],
    ['logLevel: [info]', 'logLevel', 'a list of 1'],
    ['dataDir: ~/data', 'dataDir', '"~/data"'],
    ['unknownModel: true', 'unknownModel', 'true'],
    ['keepAliveEvery: 0s', 'keepAliveEvery', '"0s"'],
    ['keys: 3', 'keys', '3'],
    ['keys: { staleMax: 1s }', 'keys.staleMax', '"1s"'],
    ['services: {}', 'services', 'a map'],
    ['services: [gemma4]', 'services[0]', '"gemma4"'],
    ['services: [{ kind: speech }]', 'services[0].kind', '"speech"'],
    ['services: [{ upstreams: [] }]', 'services[0].upstreams', 'a list of 0'],
    ['services: [{ upstreams: http://a }]', 'services[0].upstreams', '"http://a"'],
    [
      'services: [{ upstreams: [http://a, http://a/v1] }]',
      'services[0].upstreams[1]',
      'http://a, which is upstreams[0] already',
    ],
    ['services: [{ aliases: ["a b"] }]', 'services[0].aliases[0]', '"a b"'],
    ['services: [{ places: 10001 }]', 'services[0].places', '10001'],
    ['services: [{ places: 1.5 }]', 'services[0].places', '1.5'],
    ['services: [{ queue: -1 }]', 'services[0].queue', '-1'],
    ['services: [{ maxTokens: 1e400 }]', 'services[0].maxTokens', 'Infinity'],
    ['services: [{ maxTokens: 9007199254740993 }]', 'services[0].maxTokens', '9007199254740992'],
    ['services: [{ contextWindow: 0 }]', 'services[0].contextWindow', '0'],
    ['services: [{ defaults: { temperature: 2.1 } }]', 'services[0].defaults.temperature', '2.1'],
    ['services: [{ defaults: { top_p: 0 } }]', 'services[0].defaults.top_p', '0'],
    ['services: [{ defaults: { top_k: -2 } }]', 'services[0].defaults.top_k', '-2'],
    ['services: [{ anthropic: { stripBillingHeader: no } }]', 'services[0].anthropic.stripBillingHeader', '"no"'],
    ['services: [{ thinkingOnly: hide }]', 'services[0].thinkingOnly', '"hide"'],
    ['services: [{ gemini: { endWithDone: yes } }]', 'services[0].gemini.endWithDone', '"yes"'],
    ['services: [{ defaults: { enable_thinking: yes } }]', 'services[0].defaults.enable_thinking', '"yes"'],
    ['services: [{ timeouts: { idle: 5x } }]', 'services[0].timeouts.idle', '"5x"'],
  ])('refuses %j under its name with what was found', (file, name, found) => {
    expect(refuse({ file })).toEqual([{ name, found, line: 1, wanted: expect.stringMatching(/\w/) }])
  })

  test('a long value is cut in the message', () => {
    const [problem] = refuse({ environment: { GATEWAY_LOG_LEVEL: 'x'.repeat(10_000) } })
    expect(problem?.found.length).toBeLessThan(100)
  })
})
