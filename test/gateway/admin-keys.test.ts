import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi, ownerKey, startAdminGateway } from './admin-rig.ts'
import { ask, says } from './ask.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway()
})
afterAll(() => gateway.stop())

const api = (method: string, path: string, body?: unknown, key?: string) => askApi(gateway, [method, path], body, key)

async function make(draft: object, key?: string) {
  const { status, body } = await api('POST', '/admin/v1/keys', { name: 'Ada', ...draft }, key)
  expect([status, body.error]).toEqual([201, undefined])
  return body
}

const chat = (key: string, rest: object = {}, path?: string) =>
  ask(gateway, says('[[say Hi]]', rest), { headers: { authorization: `Bearer ${key}` }, ...(path && { path }) })

/** A running gateway takes up a change within 5 s. */
async function expectChat(key: string, status: number, rest: object = {}, path?: string): Promise<void> {
  await expect.poll(async () => (await chat(key, rest, path)).status, { timeout: 5000 }).toBe(status)
}

describe('POST /admin/v1/keys', () => {
  test('makes a key that works within seconds, and tells it this once', async () => {
    const made = await make({ services: ['gemma4'], tags: ['team:a'], owner: 'Zoë', notes: 'for the demo' })
    expect(made).toMatchObject({
      id: expect.stringMatching(/^key_/),
      key: expect.stringMatching(/^vgw_/),
      hint: made.key.slice(-4),
      role: 'user',
      services: ['gemma4'],
      models: 'all',
      dialects: 'all',
      state: 'active',
      owner: 'Zoë',
      tags: ['team:a'],
      limits: { requests_per_minute: null, tokens_per_minute: null, tokens_per_day: null, concurrent: null },
      credits: null,
      trust_end_user: 'none',
      expires_at: null,
      last_used_at: null,
    })
    await expectChat(made.key, 200)
    const shown = await api('GET', `/admin/v1/keys/${made.id}`)
    expect(shown.status).toBe(200)
    expect(JSON.stringify(shown.body)).not.toContain(made.key)
  })

  test('takes every field there is, and gives it back', async () => {
    const draft = {
      name: 'Grace',
      role: 'operator',
      services: ['gemma4'],
      models: ['gemma-4-e2b'],
      dialects: ['openai-chat'],
      expires_at: '2099-01-31T18:00:00+01:00',
      credits: '12.5',
      limits: { requests_per_minute: 60, tokens_per_minute: 1000, tokens_per_day: 100_000, concurrent: 2 },
      trust_end_user: 'jwt',
      defaults: { enable_thinking: false, max_tokens: 64, reasoning_fields: 'reasoning' },
      owner: 'team b',
      notes: 'line one\nline two',
      tags: ['x'],
    }
    const made = await make(draft)
    expect(made).toMatchObject({ ...draft, expires_at: '2099-01-31T17:00:00.000Z' })
  })

  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ services: ['gema4'] }, 'services[0]'],
    [{ dialects: ['klingon'] }, 'dialects[0]'],
    [{ role: 'king' }, 'role'],
    [{ expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    [{ expires_at: 'tomorrow' }, 'expires_at'],
    [{ credits: 12 }, 'credits'],
    [{ credits: '-1' }, 'credits'],
    [{ credits: '0.0000001' }, 'credits'],
    [{ limits: { requests_per_minute: 0 } }, 'limits.requests_per_minute'],
    [{ limits: { requests_per_hour: 1 } }, 'limits.requests_per_hour'],
    [{ trust_end_user: 'blindly' }, 'trust_end_user'],
    [{ role: 'admin', services: ['gemma4'] }, 'services'],
    [{ defaults: { reasoning_fields: 'all' } }, 'defaults.reasoning_fields'],
    [{ scope: 'all' }, 'scope'],
  ])('refuses %j with 422, naming the field', async (draft, field) => {
    const { status, body } = await api('POST', '/admin/v1/keys', { name: 'Ada', ...draft })
    expect(status).toBe(422)
    expect(body.error).toMatchObject({ type: 'invalid_request_error', param: field })
  })

  test('tells the names there are where a field has none of them', async () => {
    const { body } = await api('POST', '/admin/v1/keys', { name: 'Ada', limits: { requests_per_min: 60 } })
    const known = 'requests_per_minute, tokens_per_minute, tokens_per_day, concurrent'
    expect(body.error.message).toBe(`\`limits.requests_per_min\`: found 60, wanted one of the fields ${known}.`)
  })
})

describe('a change', () => {
  test('of services holds within seconds, and what is not said stays', async () => {
    const { id, key } = await make({ services: ['gemma4'], owner: 'Zoë', limits: { concurrent: 3 } })
    await expectChat(key, 200)
    const changed = await api('PATCH', `/admin/v1/keys/${id}`, { services: ['qwen'], limits: { tokens_per_day: 5000 } })
    expect(changed.body).toMatchObject({
      services: ['qwen'],
      owner: 'Zoë',
      limits: { concurrent: 3, tokens_per_day: 5000 },
    })
    await expectChat(key, 403)
    await expectChat(key, 200, { model: 'qwen' })
  })

  test('of null takes a bound away', async () => {
    const { id } = await make({ credits: '5', expires_at: '2099-01-01T00:00:00Z', limits: { concurrent: 3 } })
    const change = { credits: null, expires_at: null, limits: { concurrent: null } }
    const { body } = await api('PATCH', `/admin/v1/keys/${id}`, change)
    expect(body).toMatchObject({ credits: null, expires_at: null, limits: { concurrent: null } })
  })

  test('of a key that is not there is a 404 in the form of OpenAI', async () => {
    for (const [method, path] of [
      ['GET', '/admin/v1/keys/key_none'],
      ['PATCH', '/admin/v1/keys/key_none'],
      ['DELETE', '/admin/v1/keys/key_none'],
      ['POST', '/admin/v1/keys/key_none/rotate'],
    ] as const) {
      const { status, body } = await api(method, path, method === 'PATCH' ? {} : undefined)
      expect([method, status, body.error.code]).toEqual([method, 404, 'not_found'])
    }
  })

  test('that needs no body takes none, though its type may be named', async () => {
    const { id } = await make({})
    const headers = { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' }
    const answer = async (method: string, path: string) => {
      const response = await fetch(`${gateway.url}/admin/v1/keys${path}`, { method, headers })
      return [response.status, await response.json()]
    }
    expect(await answer('POST', `/${id}/rotate`)).toMatchObject([200, { id, key: expect.stringMatching(/^vgw_/) }])
    expect(await answer('DELETE', `/${id}`)).toMatchObject([200, { id, state: 'revoked' }])
    expect(await answer('POST', '')).toMatchObject([
      422,
      { error: { message: 'The body: found nothing, wanted an object.' } },
    ])
  })

  test('revokes for good: the key is refused, its row and its history stay', async () => {
    const { id, key } = await make({})
    await expectChat(key, 200)
    const { status, body } = await api('DELETE', `/admin/v1/keys/${id}`)
    expect([status, body.state, body.revoked_at]).toEqual([200, 'revoked', expect.any(String)])
    await expectChat(key, 403)
    expect((await api('GET', `/admin/v1/keys/${id}`)).body.state).toBe('revoked')
    expect((await api('PATCH', `/admin/v1/keys/${id}`, { owner: 'nobody' })).status).toBe(422)
    expect((await api('DELETE', `/admin/v1/keys/${id}`)).body.revoked_at).toBe(body.revoked_at)
  })

  test('rotates: both secrets work in the overlap, and with none only the new one', async () => {
    const first = await make({})
    await expectChat(first.key, 200)
    const second = (await api('POST', `/admin/v1/keys/${first.id}/rotate`)).body
    expect(second).toMatchObject({ id: first.id, hint: second.key.slice(-4) })
    await expectChat(second.key, 200)
    expect((await chat(first.key)).status).toBe(200)
    const third = (await api('POST', `/admin/v1/keys/${first.id}/rotate`, { overlap_seconds: 0 })).body
    await expectChat(third.key, 200)
    expect((await chat(second.key)).status).toBe(403)
    expect((await chat(first.key)).status).toBe(403)
  })
})

describe('what a key may use', () => {
  test('models: only where one of the names means what will answer', async () => {
    const { key } = await make({ models: ['gpt-4o'] })
    await expectChat(key, 200, { model: 'gpt-4o' })
    expect((await chat(key, { model: 'qwen' })).status).toBe(403)
    expect((await chat(key, { model: 'gpt-4o' }, '/qwen/v1/chat/completions')).status).toBe(403)
    expect((await chat(key, { model: 'gpt-5' })).status).toBe(403)
    const own = await make({ models: ['gemma-4-e2b'] })
    await expectChat(own.key, 200, { model: 'qwen' })
    const error = (await (await chat(key, { model: 'qwen' })).json()) as object
    expect(error).toMatchObject({ error: { message: expect.stringContaining('this model') } })
  })

  test('models that it may not use are not listed', async () => {
    const { key } = await make({ models: ['gpt-*'] })
    await expect.poll(async () => (await api('GET', '/v1/models', undefined, key)).status).toBe(200)
    const { body } = await api('GET', '/v1/models', undefined, key)
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['gemma4'])
  })

  test('dialects', async () => {
    const { key } = await make({ dialects: ['legacy-chat'] })
    await expect
      .poll(async () => (await askApi(gateway, ['POST', '/chat'], { prompt: '[[say Hi]]' }, key)).status)
      .toBe(200)
    const refused = await chat(key)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('openai-chat') } })
  })

  test('its own defaults in place of those of the service', async () => {
    const { key } = await make({ defaults: { max_tokens: 7 } })
    await expectChat(key, 200)
    const response = await chat(key)
    expect(response.headers.get('x-gateway-max-tokens')).toBe('7')
    const said = await chat(key, { max_tokens: 9 })
    expect(said.headers.get('x-gateway-max-tokens')).toBe('9')
  })
})

describe('the names that a key has its thinking told under', () => {
  const thinks = { enable_thinking: true, messages: [{ role: 'user', content: '[[think so]][[say Hi]]' }] }
  const both = { reasoning: 'so', reasoning_content: 'so' }

  test.for([
    [undefined, both],
    ['both', both],
    ['reasoning_content', { reasoning_content: 'so' }],
    ['reasoning', { reasoning: 'so' }],
    ['none', {}],
  ] as const)('%s is kept to, whole and streamed', async ([names, told]) => {
    const { key } = await make(names === undefined ? {} : { defaults: { reasoning_fields: names } })
    await expectChat(key, 200)
    const whole = (await (await chat(key, thinks)).json()) as { choices: { message: object }[] }
    expect(whole.choices[0]?.message).toEqual({ role: 'assistant', content: 'Hi', refusal: null, ...told })
    const text = await (await chat(key, { ...thinks, stream: true })).text()
    const members = [...new Set(text.match(/"reasoning(_content)?"(?=:)/g))].map((name) => JSON.parse(name))
    expect(members.toSorted()).toEqual(Object.keys(told).toSorted())
  })
})

describe('who may manage keys', () => {
  test('nobody without a key, and no user', async () => {
    const { key } = await make({})
    await expectChat(key, 200)
    for (const path of [
      '/admin/v1/keys',
      '/admin/v1/limits',
      '/admin/v1/audit',
      '/admin/v1/services',
      '/admin/v1/requests',
    ]) {
      expect((await api('GET', path, undefined, key)).status).toBe(403)
      expect((await fetch(gateway.url + path)).status).toBe(401)
      expect((await api('GET', path, undefined, 'wrong')).status).toBe(403)
    }
    expect((await api('POST', '/admin/v1/keys', { name: 'mine' }, key)).status).toBe(403)
  })

  test('an operator, for users and within its own rights', async () => {
    const operator = await make({ role: 'operator', services: ['gemma4'], limits: { requests_per_minute: 10 } })
    await expectChat(operator.key, 200)
    const own = await make({ name: 'Bob' }, operator.key)
    expect(own).toMatchObject({ role: 'user', services: ['gemma4'], limits: { requests_per_minute: 10 } })
    for (const [draft, field] of [
      [{ role: 'operator' }, 'role'],
      [{ role: 'admin' }, 'role'],
      [{ services: 'all' }, 'services'],
      [{ services: ['qwen'] }, 'services'],
      [{ limits: { requests_per_minute: 11 } }, 'limits.requests_per_minute'],
      [{ limits: { requests_per_minute: null } }, 'limits.requests_per_minute'],
      [{ trust_end_user: 'headers' }, 'trust_end_user'],
    ] as const) {
      const { status, body } = await api('POST', '/admin/v1/keys', { name: 'Bob', ...draft }, operator.key)
      expect([field, status, body.error.param]).toEqual([field, 403, field])
      const patched = await api('PATCH', `/admin/v1/keys/${own.id}`, draft, operator.key)
      expect([field, patched.status]).toEqual([field, 403])
    }
    const stronger = await make({})
    expect((await api('POST', `/admin/v1/keys/${stronger.id}/rotate`, {}, operator.key)).status).toBe(403)
    expect((await api('DELETE', `/admin/v1/keys/${operator.id}`, undefined, operator.key)).status).toBe(403)
    expect((await api('DELETE', `/admin/v1/keys/${own.id}`, undefined, operator.key)).status).toBe(200)
    expect((await api('GET', '/admin/v1/audit', undefined, operator.key)).status).toBe(403)
  })

  test('an administrator among the keys, who may do everything', async () => {
    const admin = await make({ role: 'admin' })
    await expectChat(admin.key, 200)
    expect((await make({ role: 'admin' }, admin.key)).role).toBe('admin')
    expect((await api('GET', '/admin/v1/audit', undefined, admin.key)).status).toBe(200)
  })

  test('not one that was revoked a moment ago, although its key is still known', async () => {
    const operator = await make({ role: 'operator' })
    await expectChat(operator.key, 200)
    await api('DELETE', `/admin/v1/keys/${operator.id}`)
    const { status } = await api('POST', '/admin/v1/keys', { name: 'late' }, operator.key)
    expect(status).toBe(403)
  })
})

describe('GET /admin/v1/keys and /admin/v1/audit', () => {
  test('list in pages, each key once', async () => {
    for (let made = 0; made < 5; made++) await make({ owner: 'pages' })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await api('GET', `/admin/v1/keys?owner=pages&limit=2${next}`)
      seen.push(...body.data.map(({ id }: { id: string }) => id))
      cursor = body.next_cursor
    }
    expect(new Set(seen).size).toBe(5)
    expect(seen).toHaveLength(5)
    expect((await api('GET', '/admin/v1/keys?cursor=x')).status).toBe(422)
    expect((await api('GET', '/admin/v1/keys?limit=0')).status).toBe(422)
    expect((await api('GET', '/admin/v1/keys?color=red')).status).toBe(422)
  })

  test('tell of every change who made it, and what was and is, without a key', async () => {
    const made = await make({ services: ['gemma4'] })
    await api('PATCH', `/admin/v1/keys/${made.id}`, { services: ['qwen'], notes: 'moved' })
    await api('PATCH', `/admin/v1/keys/${made.id}`, { services: ['qwen'] })
    const rotated = (await api('POST', `/admin/v1/keys/${made.id}/rotate`, {})).body
    await api('DELETE', `/admin/v1/keys/${made.id}`)
    const { body } = await api('GET', `/admin/v1/audit?key=${made.id}`)
    const owner = { id: 'admin', name: 'admin' }
    expect(body.data).toMatchObject([
      { action: 'key.revoke', actor: owner, before: { revoked_at: null } },
      { action: 'key.rotate', actor: owner, before: { hint: made.hint }, after: { hint: rotated.hint } },
      {
        action: 'key.update',
        actor: owner,
        before: { services: ['gemma4'], notes: '' },
        after: { services: ['qwen'] },
      },
      { action: 'key.create', actor: owner, before: null, after: { name: 'Ada', services: ['gemma4'] } },
    ])
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${made.key}|${rotated.key}|${ownerKey}`))
  })
})
