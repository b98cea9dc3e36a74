import { describe, expect, test } from 'vitest'
import { createWorkingDirectory, load, namesOf, refuse } from './working-directory.ts'

describe('the file as YAML', () => {
  test.each([
    ['port: 1\nhost: a\nport: 2', '3:1', 'already'],
    ['services:\n  - name: a\n    name: b', '3:5', 'already'],
    ['- port', '1:1', 'something else'],
    ['# only\nport', '2:1', 'something else'],
    ['port: [1', '1:9', ''],
    ['port: 1\n\thost: a', '2:1', ''],
    ['host: "a', '1:9', 'missing quote'],
    ['a: b: c', '1:4', 'second colon'],
    ['port: 1\n---\nport: 2', '2:1', 'second document'],
    ['host: !secret a', '1:7', 'unknown tag'],
    ['{ a: 1 }: 2', '1:1', 'not a name'],
    ['host: *other', '1:7', 'alias'],
    ['%YAML 1.1\n---\nmigrate: true', '1:1', 'another version of YAML'],
    ['# ours\n%YAML 1.3\n---\nport: 1', '2:7', 'unknown directive'],
    ['['.repeat(5000), '1:', 'too many maps or lists inside each other'],
  ])('refuses %j at line and column %s', (file, place, words) => {
    const [problem, ...others] = refuse({ file })
    expect(problem?.name).toContain(`config/gateway.yaml:${place}`)
    expect(others).toEqual([])
    expect(problem?.found).toContain(words)
  })

  test('a file of comments, and sections in which all is commented out, leave the defaults', () => {
    const expected = load({}).settings
    for (const file of ['', '# port: 1', 'keys:\n  # syncEvery: 1s\nservices:\n', 'services: []', 'services: [{}]']) {
      const { settings } = load({ file })
      const elsewhere = { dataDir: '', database: '', ledger: '' }
      expect({ ...settings, ...elsewhere }).toEqual({ ...expected, ...elsewhere })
    }
  })

  test('anchors may be used, with the line of each value', () => {
    const file = 'services:\n  - name: a\n    timeouts: &t { idle: 5s }\n  - name: b\n    timeouts: *t\n'
    const { settings, sources } = load({ file })
    expect(settings.services.map(({ timeouts }) => timeouts.idleMs)).toEqual([5000, 5000])
    expect(sources['services[0].timeouts.idle']).toEqual({ from: 'file', line: 3 })
    expect(sources['services[1].timeouts.idle']?.from).toBe('file')
  })

  test('an anchor that holds itself, and anchors that multiply, are refused and end', () => {
    expect(refuse({ file: 'keys: &k { table: *k }' }).length).toBeGreaterThan(0)
    const levels = Array.from({ length: 12 }, (_, level) => {
      return `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`
    })
    expect(refuse({ file: ['a0: &a0 x', ...levels].join('\n') })).toEqual([
      expect.objectContaining({ found: 'aliases that multiply beyond all settings' }),
    ])
  })

  test.each([
    ['port: abc\nport: 2\nlogLvl: debug', ['2:1', 'logLvl', 'port']],
    ['port: 2\nport: abc\nlogLvl: debug', ['2:1', 'logLvl']],
    ['port: !secret x\nprot: !secret x\nlogLevel: y', ['1:7', '2:7', 'logLevel', 'prot']],
    ['{ a: 1 }: 2\nport: x', ['1:1', 'port']],
    ['host: *a\nport: *b\nlogLevel: y', ['1:7', '2:7', 'logLevel']],
    ['port: &p 1\nport: 2\nfailedKeysPerMinute: *p', ['2:1']],
    ['%YAML 1.1\n---\nmigrate: no', ['1:1', 'migrate']],
    ['{ host: a, host: b, migrate: true, migrate: false }', ['1:12', '1:36']],
  ])('what can still be read of %j is checked as well, by the first value of a name', (file, names) => {
    const told = namesOf(refuse({ file })).map((name) => name.replace('config/gateway.yaml:', ''))
    expect(told.toSorted()).toEqual(names)
  })

  test('what is wrong with the text is told without the text', () => {
    const secret = 'hunter2-hunter2-hunter2'
    const texts = [`adminKey: >${secret}`, `adminKey: *${secret}`, `adminKey: !${secret} x`, `adminKey: [${secret}`]
    const more = [`adminKey: "${secret}`, `adminKey: "\\q${secret}"`, `adminKey: a: ${secret}`, `- a\n${secret}: b`]
    for (const file of [...texts, ...more, `adminKey: %${secret}`, `adminKey: @${secret}`, secret]) {
      expect(createWorkingDirectory().refuse({ file }).message).not.toContain(secret)
    }
  })
})
