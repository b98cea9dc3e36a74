import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, message: told.stderr.trim(), problems: [{}, {}, {}] })
  expect(json.stderr).toBe('')
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

test('with --json what goes wrong is one object on stdout, with the same exit code', async () => {
  const bad = ['--log-level', 'loud', '--json']
  const settings = {
    ok: false,
    message: expect.any(String),
    problems: [expect.objectContaining({ name: '--log-level' })],
  }
  const missing = { ok: false, message: expect.stringMatching(/^There is no database at /) }
  const typed = { ok: false, message: expect.stringMatching(/^unknown option '--prot'/) }
  for (const [args, expected, exitCode] of [
    [['config', 'print', ...bad], settings, 1],
    [['serve', ...bad], settings, 1],
    [['keys', 'show', 'nobody', '--json'], missing, 1],
    [['chat', '--json', '--prompt', ''], { ok: false, message: 'The prompt is empty.' }, 1],
    [['serve', '--json', '--prot', '1'], typed, 2],
  ] as const) {
    const { code, stdout, stderr } = await runCli(args, { folder: folder.path })
    expect({ code, told: JSON.parse(stdout) }).toEqual({ code: exitCode, told: expected })
    // What was typed wrong Commander tells people as well.
    if (code === 1) expect(stderr).toBe('')
  }
})

test('--json as a value is none of ours', async () => {
  const { stdout, stderr } = await runCli(['keys', 'show', '--', '--json'], { folder: folder.path })
  expect(stdout).toBe('')
  expect(stderr).toContain('There is no database')
})

test('help tells of a command of a command', async () => {
  const { code, stdout } = await runCli(['help', 'keys', 'create'])
  expect(code).toBe(0)
  expect(stdout).toBe((await runCli(['keys', 'create', '--help'])).stdout)
  expect((await runCli(['help', 'nosuch'])).code).toBe(2)
})

test.skipIf(process.platform !== 'linux')('a folder that is gone is told in words', async () => {
  const gone = join(folder.path, 'gone')
  mkdirSync(gone)
  const node = [process.execPath, ...process.execArgv, fileURLToPath(new URL('../../src/main.ts', import.meta.url))]
  const script = `rmdir '${gone}'; exec ${node.map((part) => `'${part}'`).join(' ')} config check`
  const { stderr, status } = spawnSync('sh', ['-c', script], { cwd: gone, encoding: 'utf8' })
  expect(stderr).toBe('The folder in which this was started is gone. Start it in another.\n')
  expect(status).toBe(1)
})

test('an unknown command and an unknown flag are told with the exit code 2', async () => {
  expect((await runCli(['sreve'])).code).toBe(2)
  expect((await runCli(['serve', '--prot', '1'])).code).toBe(2)
  expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
})
