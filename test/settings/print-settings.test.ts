import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { printSettings, reportSettings } from '../../src/settings/print-settings.ts'
import { createWorkingDirectory, load } from './working-directory.ts'

const file = [
  'port: 0',
  'keys:',
  '  staleMax: 90m',
  '  table:',
  '    name: ai.tokens',
  '    encoding: sha256-base64',
  '    columns: { token: t, id: i, expires: e }',
  '    expires: { type: unix-ms, timeZone: +02:00 }',
  '    permissions: { from: csv, column: p, separator: " # " }',
  '    services: { gemma: gemma4 }',
  'services:',
  '  - aliases: ["gpt-*", "*"]',
  '  - { name: qwen, aliases: [], model: "null", timeouts: { idle: 1500ms }, anthropic: { stripBillingHeader: false } }',
  '  - { name: seeing, aliases: [], thinkingOnly: show, remoteImages: { enabled: true, sizeMax: 1MiB, deny: ["*.example", 10.0.0.0/8] } }',
].join('\n')

test('what is printed is a file with the same settings', () => {
  const directory = createWorkingDirectory()
  const loaded = directory.load({ file })
  expect(directory.load({ file: printSettings(loaded) }).settings).toEqual(loaded.settings)
})

test('behind every value is where it came from', () => {
  const directory = createWorkingDirectory()
  const environment = { GATEWAY_LOG_LEVEL: 'debug', GATEWAY_VLLM_URL: 'http://v' }
  const lines = printSettings(directory.load({ file: 'port: 1', environment, flags: { host: 'h' } })).split('\n')
  expect(lines[0]).toBe(`# Read from ${directory.path}/config/gateway.yaml`)
  expect(lines).toContain('port: 1 # file line 1')
  expect(lines).toContain('host: h # flag --host')
  expect(lines).toContain('logLevel: debug # environment GATEWAY_LOG_LEVEL')
  expect(lines).toContain('    upstreams: [http://v] # environment GATEWAY_VLLM_URL')
  expect(lines).toContain('      idle: 1m # default')
})

test('the form for programs has the same values, and a source for each', () => {
  const loaded = load({ file })
  const report = reportSettings(loaded)
  expect(JSON.parse(JSON.stringify(report.settings))).toEqual(parse(printSettings(loaded)))
  expect(report.sources).toMatchObject({ port: { from: 'file', line: 1 }, 'services[1].queue': { from: 'default' } })
  expect(report.sources['keys.table.permissions.separator']).toEqual({ from: 'file', line: 9 })
  expect(report.file).toBe(loaded.file)
})
