import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'

const docker = join(import.meta.dirname, '../../docker')
const folder = mkdtempSync(join(tmpdir(), 'make-secrets-'))
const script = join(folder, 'make-secrets.sh')
copyFileSync(join(docker, 'make-secrets.sh'), script)
const secrets = join(folder, 'secrets')
const compose = parse(readFileSync(join(docker, 'compose.yaml'), 'utf8'), { merge: true })

afterAll(() => rmSync(folder, { recursive: true }))

function make(): string {
  return execFileSync(script, { encoding: 'utf8' })
}

function read(name: string): string {
  return readFileSync(join(secrets, name), 'utf8')
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

test('makes every secret that compose mounts, save the key that only the gateway can make', () => {
  make()
  const mounted = Object.keys(compose.secrets).filter((name) => name !== 'webui_gateway_key')
  expect(readdirSync(secrets).sort()).toEqual(mounted.sort())
})

test('makes each of 256 bits of its own, without a line break, and prints none', () => {
  rmSync(secrets, { recursive: true })
  const output = make()
  const made = readdirSync(secrets)
    .filter((name) => name !== 'database_url')
    .map(read)
  for (const secret of made) {
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(output).not.toContain(secret)
  }
  expect(new Set(made).size).toBe(5)
})

test('makes a database URL for the user, password and database that compose gives to MySQL', () => {
  make()
  const { username, password, host, pathname } = new URL(read('database_url'))
  const { environment } = compose.services.mysql
  expect({ username, password, pathname }).toEqual({
    username: environment.MYSQL_USER,
    password: read('mysql_password'),
    pathname: `/${environment.MYSQL_DATABASE}`,
  })
  expect(host).toBe('mysql:3306')
})

test('leaves what is there as it is, and makes again what is missing', () => {
  make()
  const [admin, password] = [read('admin_key'), read('mysql_password')]
  rmSync(join(secrets, 'vllm_api_key'))
  make()
  expect([read('admin_key'), read('mysql_password')]).toEqual([admin, password])
  expect(read('vllm_api_key')).toMatch(/^[0-9a-f]{64}$/)
})

test('keeps other users out by the folder, and lets each container read its file', () => {
  make()
  expect(modeOf(secrets)).toBe(0o700)
  for (const name of readdirSync(secrets)) expect(modeOf(join(secrets, name))).toBe(0o644)
})
