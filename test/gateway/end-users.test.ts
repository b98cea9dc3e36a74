import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../src/chat/caller.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { createReadEndUser } from '../../src/http/end-user.ts'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi, startAdminGateway } from './admin-rig.ts'
import { ask, errorOf, says } from './ask.ts'
import { jwtSecret, signUser } from './sign-user.ts'

type Headers = Readonly<Record<string, string>>

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway(`openWebuiJwtSecret: ${jwtSecret}\n`)
})
afterAll(() => gateway.stop())

/** A key that the running gateway knows. */
async function keyWith(terms: object): Promise<string> {
  const { status, body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'shared', ...terms })
  expect(status).toBe(201)
  await expect.poll(async () => (await models(body.key)).status, { timeout: 5000 }).toBe(200)
  return body.key
}

function models(key: string, headers: Headers = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}`, ...headers } })
}

function chat(key: string, headers: Headers, rest: object = {}): Promise<Response> {
  return ask(gateway, says('[[say Hi]]', rest), { headers: { authorization: `Bearer ${key}`, ...headers } })
}

const named = (id: string) => ({ 'x-openwebui-user-id': id })
const signed = (token: string) => ({ 'x-openwebui-user-jwt': token })

/** Whom the ledger holds a key's requests for, the newest first. */
async function usersOf(key: string, count: number): Promise<(string | null)[]> {
  const list = async () => (await askApi(gateway, ['GET', '/v1/usage'], undefined, key)).body.data
  await expect.poll(list, { timeout: 5000 }).toHaveLength(count)
  return (await list()).map(({ end_user }: { end_user: string | null }) => end_user)
}

describe('a key that trusts headers', () => {
  test('has its usage recorded and its limits counted for each person, whole and streamed', async () => {
    const key = await keyWith({ trust_end_user: 'headers', limits: { requests_per_minute: 1 } })
    expect((await chat(key, named('ada'))).status).toBe(200)
    const refused = await chat(key, named('ada'))
    expect(refused.status).toBe(429)
    expect((await errorOf(refused)).message).toContain('for this user')
    const streamed = await chat(key, named('bob'), { stream: true })
    expect(streamed.status).toBe(200)
    await streamed.text()
    expect((await chat(key, {})).status).toBe(200)
    expect((await usersOf(key, 3)).sort()).toEqual(['ada', 'bob', null])
  })

  test('takes the address where there is no id', async () => {
    const key = await keyWith({ trust_end_user: 'headers' })
    await chat(key, { 'x-openwebui-user-email': 'ada@example.org', 'x-openwebui-user-name': 'Ada%20L' })
    expect(await usersOf(key, 1)).toEqual(['ada@example.org'])
  })

  test('does not look at tokens', async () => {
    const key = await keyWith({ trust_end_user: 'headers' })
    expect((await chat(key, signed('nonsense'))).status).toBe(200)
    expect(await usersOf(key, 1)).toEqual([null])
  })
})

test('a key that trusts nobody counts for itself, whatever is claimed', async () => {
  const key = await keyWith({ limits: { requests_per_minute: 1 } })
  expect((await chat(key, { ...named('ada'), ...signed('nonsense') })).status).toBe(200)
  const refused = await chat(key, named('bob'))
  expect(refused.status).toBe(429)
  expect((await errorOf(refused)).message).toContain('for this key')
  expect(await usersOf(key, 1)).toEqual([null])
})

describe('a key that trusts signed users', () => {
  test('has its limits for each person that a token names, and no header beside it counts', async () => {
    const key = await keyWith({ trust_end_user: 'jwt', limits: { requests_per_minute: 1 } })
    expect((await chat(key, { ...signed(signUser({})), ...named('eve') })).status).toBe(200)
    expect((await chat(key, { ...signed(signUser({})), ...named('bob') })).status).toBe(429)
    const byAddress = signUser({ sub: undefined, email: 'bob@example.org' })
    expect((await chat(key, signed(byAddress))).status).toBe(200)
    expect((await chat(key, named('eve'))).status).toBe(200)
    expect((await usersOf(key, 3)).sort()).toEqual(['ada', 'bob@example.org', null])
  })

  const past = Math.floor(Date.now() / 1000) - 60
  test.each([
    ['has expired', signUser({ exp: past })],
    ['never expires', signUser({ exp: undefined })],
    ['is signed with another secret', signUser({}, { secret: 'another secret of that length' })],
    ['is signed by another algorithm', signUser({}, { alg: 'HS512' })],
    ['is not signed', signUser({}, { alg: 'none' })],
    ['is from somebody else', signUser({ iss: 'elsewhere' })],
    ['names nobody', signUser({ sub: ' ' })],
    ['is no token', 'nonsense'],
  ])('refuses a token that %s, and asks no model', async (_what, token) => {
    const key = await keyWith({ trust_end_user: 'jwt' })
    const asked = gateway.simulator.requests.length
    const refused = await chat(key, { ...signed(token), ...named('ada') })
    expect(refused.status).toBe(403)
    expect(await errorOf(refused)).toMatchObject({
      code: 'invalid_api_key',
      message: expect.stringContaining('X-OpenWebUI-User-Jwt'),
    })
    expect((await models(key, signed(token))).status).toBe(403)
    expect(gateway.simulator.requests.length).toBe(asked)
  })

  test('refuses in the words of the dialect that is spoken', async () => {
    const key = await keyWith({ trust_end_user: 'jwt' })
    const body = { max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] }
    const headers = { 'x-api-key': key, authorization: '', ...signed('nonsense') }
    const refused = await ask(gateway, body, { path: '/v1/messages', headers })
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
  })
})

describe('who is named', () => {
  const caller: Caller = { keyId: 'k', keyName: 'k', services: 'all', admin: false }
  const read = createReadEndUser(null)
  const nameOf = (id: string) => read({ ...caller, trustEndUser: 'headers' }, named(id))

  test.each([
    ['stays as it stands', 'a+b%20c@example.org', 'a+b%20c@example.org'],
    ['holds nothing that a terminal would obey', 'a\x1b[2J\0b\u202e', 'a[2Jb'],
    ['is nobody where nothing is left', ' \0', null],
    ['is cut where it is very long', 'x'.repeat(5000), 'x'.repeat(200)],
  ])('%s', (_what, id, name) => {
    expect(nameOf(id)).toBe(name)
  })

  test('cannot be told from a token where the gateway has no secret', () => {
    const ask = () => read({ ...caller, trustEndUser: 'jwt' }, signed(signUser({})))
    expect(ask).toThrow(GatewayError)
    expect(ask).toThrow(/no secret/)
  })
})
