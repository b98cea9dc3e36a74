import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

function config(args: string[], environment: Record<string, string> = {}) {
  return runCli(['config', ...args], { folder: folder.path, environment })
}

test('config check says all problems at once and exits with 1', async () => {
  writeFileSync(join(folder.path, 'bad.yaml'), 'prot: 1\nservices:\n  - { name: gemma4, places: many }\n')
  const environment = { GATEWAY_HOTS: 'x' }
  const told = await config(['check', '--config', 'bad.yaml'], environment)
  expect(told).toMatchObject({ code: 1, stdout: '' })
  for (const name of ['prot', 'services[0].places', 'GATEWAY_HOTS', 'GATEWAY_HOST']) expect(told.stderr).toContain(name)
  const json = await config(['check', '--config', 'bad.yaml', '--json'], environment)
  expect(json.code).toBe(1)
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: [{}, {}, {}] })
  expect(await config(['check'])).toMatchObject({ code: 0, stderr: '' })
})

test('config print shows every value with its source and no secret', async () => {
  const environment = {
    GATEWAY_ADMIN_KEY: 'hidden-administrator',
    GATEWAY_DATABASE_URL: 'mysql://u:hidden-word@h:3306/d',
  }
  const { code, stdout } = await config(['print', '--port', '9000'], environment)
  expect(code).toBe(0)
  expect(stdout).toMatch(/port: 9000.*--port/)
  expect(stdout).not.toContain('hidden')
  const json = await config(['print', '--json'], environment)
  expect(JSON.parse(json.stdout)).toMatchObject({ settings: { host: '127.0.0.1' } })
  expect(json.stdout).not.toContain('hidden')
})

test('an unknown command and an unknown flag are told with the exit code 2', async () => {
  expect((await runCli(['sreve'])).code).toBe(2)
  expect((await runCli(['serve', '--prot', '1'])).code).toBe(2)
  expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
})
