import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readDockerfile } from './read-dockerfile.ts'

const folder = join(import.meta.dirname, '../../docker')
const asked: string[] = []
let status = 200
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.writeHead(status).end()
})
let port = 0

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP server's address is an object.
  port = (server.address() as AddressInfo).port
})

afterAll(() => server.close())

function imageCheck(): string[] {
  const instructions = readDockerfile(readFileSync(join(folder, 'Dockerfile'), 'utf8')).flatMap(
    (stage) => stage.instructions,
  )
  const check = instructions.find(({ name }) => name === 'HEALTHCHECK')?.text ?? ''
  return JSON.parse(check.slice(check.indexOf('['))) as string[]
}

function composeCheck(): string[] {
  const compose = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true })
  const [, ...words] = compose.services.gateway.healthcheck.test as string[]
  return words.map((word) => word.replace('127.0.0.1:8044', `127.0.0.1:${port}`))
}

function run([program = '', ...words]: string[]): Promise<number> {
  const env = { ...process.env, GATEWAY_PORT: String(port) }
  return new Promise((resolve) => {
    execFile(program, words, { env }, (error) => resolve(typeof error?.code === 'number' ? error.code : 0))
  })
}

test.each([
  ['the image', imageCheck, '/livez'],
  ['compose', composeCheck, '/readyz'],
])('the health check of %s is well with a 200, and unwell with anything else', async (_whose, check, path) => {
  status = 200
  expect(await run(check())).toBe(0)
  expect(asked.at(-1)).toBe(path)
  status = 503
  expect(await run(check())).toBe(1)
})

test.each([
  ['the image', imageCheck],
  ['compose', composeCheck],
])('the health check of %s is unwell when nobody listens', async (_whose, check) => {
  const [taken, free] = [port, 1]
  port = free
  expect(await run(check())).toBe(1)
  port = taken
})
