import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ShownKey } from '../../src/chat/key-shapes.ts'
import { askApi, ownerKey, startAdminGateway } from '../gateway/admin-rig.ts'
import { type CliResult, runCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import type { TestGateway } from '../support/test-gateway.ts'

const services = `services:
  - { name: gemma4, upstreams: ['http://127.0.0.1:8000'] }
  - { name: qwen, upstreams: ['http://127.0.0.1:8000'] }
`
const folder = temporaryFolder()
const kept = startKeptCli()
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway()
})
afterAll(async () => {
  await kept.stop()
  await gateway.stop()
  folder.remove()
})

function run(args: string[], where: readonly string[] = [], key = ownerKey): Promise<CliResult> {
  const environment = { GATEWAY_ADMIN_KEY: key }
  return kept.run([...args, ...where], { folder: folder.path, environment })
}

/** Flags that bound a key, and the word that lifts each of them. */
const bounds = [
  ['--expires', '2099-01-01', 'never'],
  ['--credits', '12.5', 'none'],
  ['--requests-per-minute', '60', 'none'],
  ['--tokens-per-minute', '60', 'none'],
  ['--tokens-per-day', '60', 'none'],
  ['--concurrent', '60', 'none'],
  ['--thinking', 'off', 'none'],
  ['--max-tokens', '60', 'none'],
] as const

/** What is said of a key by each of them, in their order. */
function boundsOf({ expires_at: expires, credits, limits, defaults }: ShownKey): unknown[] {
  const counts = [limits.requests_per_minute, limits.tokens_per_minute, limits.tokens_per_day, limits.concurrent]
  return [expires, credits, ...counts, defaults.enable_thinking, defaults.max_tokens]
}

/** As a process of its own. */
function runAlone(args: string[], where: readonly string[] = []): Promise<CliResult> {
  return runCli([...args, ...where], { folder: folder.path, environment: { GATEWAY_ADMIN_KEY: ownerKey } })
}

async function json(args: string[], where: readonly string[], runIt = run) {
  const { code, stdout, stderr } = await runIt([...args, '--json'], where)
  expect([stderr, code]).toEqual(['', 0])
  return JSON.parse(stdout)
}

const places = {
  'on the database': () => [],
  'at a gateway': () => ['--api', `${gateway.url}/v1/`],
} as const

describe.each(['on the database', 'at a gateway'] as const)('keys, %s', (place) => {
  test('are made, changed, rotated, revoked and accounted for', async () => {
    const where = places[place]()
    const flags = ['--service', 'gemma4', '--role', 'operator', '--requests-per-minute', '60', '--credits', '12.5']
    const made = await json(
      ['keys', 'create', '--name', `ada ${place}`, '--tag', 'a', '--tag', 'b', ...flags],
      where,
      runAlone,
    )
    expect(made).toMatchObject({ role: 'operator', services: ['gemma4'], tags: ['a', 'b'], credits: '12.5' })
    const changes = [
      '--credits',
      'none',
      '--thinking',
      'off',
      '--max-tokens',
      '64',
      '--reasoning-fields',
      'reasoning_content',
      '--service',
      'all',
      '--expires',
      '2099-01-01',
    ]
    const changed = await json(['keys', 'update', made.name, ...changes], where, runAlone)
    expect(changed).toMatchObject({
      services: 'all',
      credits: null,
      expires_at: '2099-01-01T00:00:00.000Z',
      defaults: { enable_thinking: false, max_tokens: 64, reasoning_fields: 'reasoning_content' },
      limits: { requests_per_minute: 60 },
    })
    const rotated = await json(['keys', 'rotate', made.id, '--overlap', '60'], where, runAlone)
    expect(rotated.key).toMatch(/^vgw_/)
    expect(rotated.key).not.toBe(made.key)
    expect((await json(['keys', 'revoke', made.id], where, runAlone)).state).toBe('revoked')
    const audit = await json(['audit', '--of', made.id], where, runAlone)
    expect(audit.map(({ action }: { action: string }) => action)).toEqual([
      'key.revoke',
      'key.rotate',
      'key.update',
      'key.create',
    ])
    const table = await run(['audit', '--of', made.id], where)
    expect(table.stdout).toMatch(/AT +WHO +ACTION.*key\.update.*credits: "12\.5" → null/s)
    const given = `name: "ada ${place}"; role: "operator"; services: ["gemma4"]; tags: ["a","b"]; `
    const hint = audit.at(-1).after.hint
    const whole = `${given}limits: {"requests_per_minute":60}; credits: "12.5"; hint: "${hint}"`
    expect(table.stdout).toContain(`${made.id}  ${whole}\n`)
    const csv = (await run(['audit', '--of', made.name, '--csv'], where)).stdout
    expect(csv).toContain(`key.create,${made.id},"${whole.replaceAll('"', '""')}"\n`)
    expect(JSON.stringify(audit) + table.stdout).not.toContain(made.key)
  }, 30_000)

  test('are bounded by flags, and freed of each bound by its word alone', async () => {
    const where = places[place]()
    const bound = bounds.map(([flag, value]) => `${flag}=${value}`)
    const made = await json(['keys', 'create', '--name', `kim ${place}`, ...bound], where)
    const terms: unknown[] = ['2099-01-01T00:00:00.000Z', '12.5', 60, 60, 60, 60, false, 60]
    expect(boundsOf(made)).toEqual(terms)
    for (const [index, [flag, , word]] of bounds.entries()) {
      terms[index] = null
      expect([flag, boundsOf(await json(['keys', 'update', made.id, flag, word], where))]).toEqual([flag, terms])
    }
  }, 30_000)

  test('are made without bounds by the words that lift them', async () => {
    const lifted = bounds.map(([flag, , word]) => `${flag}=${word}`)
    const made = await json(['keys', 'create', '--name', `lou ${place}`, ...lifted], places[place]())
    expect(boundsOf(made)).toEqual(bounds.map(() => null))
  })

  test('are shown to people with every term that is set, and no other', async () => {
    const where = places[place]()
    const { id } = await json(['keys', 'create', '--name', 'eve'], where)
    const plain = (await run(['keys', 'show', id], where)).stdout
    expect(plain).toMatch(/^id +key_\w+\nname +eve\n.*state +active\ncreated +20/s)
    expect(plain).not.toMatch(/credits|minute|notes|models/)
    const flags = ['--model', 'gemma4', '--requests-per-minute', '60', '--credits', '12.5', '--thinking', 'off']
    const remarks = [
      '--owner',
      'Ops',
      '--tag',
      'a',
      '--tag',
      'b',
      '--notes',
      'one\ntwo\u001b[31m',
      '--trust-end-user',
      'jwt',
    ]
    const updated = (await run(['keys', 'update', id, ...flags, ...remarks], where)).stdout
    const lines = ['models gemma4', 'requests per minute 60', 'credits 12.5', 'thinking off', 'trust end user jwt']
    const told = updated.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
    expect(told).toEqual(expect.arrayContaining([...lines, 'owner Ops', 'tags a b', 'notes one two\\x1b[31m']))
    expect((await runAlone(['keys', 'show', id], where)).stdout).toBe(updated)
  }, 30_000)

  test('are made and rotated with a word on what they may and until when the old one works', async () => {
    const where = places[place]()
    const name = `max ${place}`
    expect((await run(['keys', 'create', '--name', name], where)).stdout).toContain('It may use every service.')
    const bound = await run(['keys', 'create', '--name', 'of one', '--service', 'gemma4'], where)
    expect(bound.stdout).toContain('It may use gemma4.')
    const before = Date.now()
    const rotated = (await run(['keys', 'rotate', name, '--overlap', '1h'], where)).stdout
    const [, until = ''] = /The old one works until (\S+Z); --overlap 0 ends it at once\./.exec(rotated) ?? []
    expect(Math.abs(Date.parse(until) - before - 3_600_000)).toBeLessThan(30_000)
    expect((await run(['keys', 'rotate', name, '--overlap', '0'], where)).stdout).toContain('The old one has ended.')
  }, 30_000)

  test('are listed as a table, as JSON and as CSV that no spreadsheet runs', async () => {
    const where = places[place]()
    const { id } = await json(['keys', 'create', '--name', '=SUM(A1), "x"'], where)
    expect((await json(['keys', 'list'], where, runAlone)).map((key: { id: string }) => key.id)).toContain(id)
    const csv = (await run(['keys', 'list', '--csv'], where)).stdout
    expect(csv.split('\n')[0]).toBe('id,name,role,ends_in,services,expires,last_used,state')
    expect(csv).toContain(`${id},"'=SUM(A1), ""x""",user,`)
  }, 30_000)

  test('may share a name, and are then changed by their ids alone', async () => {
    const where = places[place]()
    const name = `twin ${place}`
    const ids: string[] = []
    for (let made = 0; made < 2; made++) ids.push((await json(['keys', 'create', '--name', name], where)).id)
    const [first = '', second = ''] = ids
    for (const act of [['show'], ['revoke'], ['rotate'], ['update', '--owner', 'x']]) {
      const [command = '', ...rest] = act
      const { code, stdout, stderr } = await run(['keys', command, name, ...rest], where)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain(
        `2 keys have the name "${name}"; say which by its id: ${first} (active), ${second} (active).`,
      )
    }
    expect((await json(['keys', 'revoke', second], where)).state).toBe('revoked')
    expect((await run(['keys', 'revoke', name], where)).stderr).toContain(`${first} (active), ${second} (revoked).`)
    expect(await json(['audit', '--of', first], where)).toMatchObject([{ action: 'key.create' }])
  }, 30_000)

  test.each(['', '.', '..'])('are not found by %j', async (reference) => {
    const { code, stdout, stderr } = await run(['keys', 'show', reference], places[place]())
    expect([code, stdout, stderr]).toEqual([1, '', `There is no key with the id or name ${reference}.\n`])
  })

  test('are never named by the key itself, which would be shown and sent in an address', async () => {
    const where = places[place]()
    const { key } = await json(['keys', 'create', '--name', `mia ${place}`], where)
    for (const secret of [key, `Bearer ${key}`, `"${key}"`, key.slice(0, -8), ownerKey]) {
      const acts = [['show'], ['revoke'], ['rotate'], ['update', '--owner', 'x']].map(([act = '', ...rest]) => [
        ...['keys', act, secret],
        ...rest,
      ])
      const named = [
        ['keys', 'create', '--name', secret],
        ['keys', 'update', `mia ${place}`, '--name', secret],
        ['audit', '--of', secret],
      ]
      for (const args of [...acts, ...named]) {
        const { code, stdout, stderr } = await run(args, where)
        expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^A key's id or name is wanted here/)])
        expect(stderr).not.toContain(secret)
      }
    }
    expect(await json(['keys', 'show', `mia ${place}`], where)).toMatchObject({ state: 'active', owner: '' })
  }, 30_000)

  test('are named as a key begins', async () => {
    const where = places[place]()
    const name = `vgw_staging ${place}`
    const { id } = await json(['keys', 'create', '--name', name], where)
    expect(await json(['keys', 'show', name], where)).toMatchObject({ id })
  })

  test('say in words what is wrong', async () => {
    const where = places[place]()
    const wrong = [
      ['keys', 'show', 'nobody'],
      ['keys', 'create', '--name', 'bob', '--service', 'gema4'],
      ['keys', 'create', '--name', 'bob', '--credits', 'many'],
      ['keys', 'update', 'nobody', '--owner', 'x'],
    ]
    for (const args of wrong) {
      const { code, stdout, stderr } = await run(args, where)
      expect([args, code, stdout]).toEqual([args, 1, ''])
      expect(stderr).toMatch(/nobody|gemma4|credits/)
      expect(stderr).not.toMatch(/\n\s+at /)
    }
  }, 30_000)
})

test('names of services and dialects are checked on the database as at a gateway, in the same words', async () => {
  const wrong = [
    [['--service', 'gema4'], '`services[0]`: found "gema4", wanted one of gemma4, qwen; the nearest is gemma4.'],
    [
      ['--service', 'gemma4', '--service', 'all'],
      '`services[1]`: found "all", wanted one of gemma4, qwen; "all" stands alone.',
    ],
    [['--dialect', 'openai'], '`dialects[0]`: found "openai", wanted one of openai-chat, '],
    [['--dialect', 'gemini', '--dialect', 'opanai-chat'], 'whisper-inference; the nearest is openai-chat.'],
  ] as const
  const folderWithBoth = ['--config', join(folder.path, 'both.yaml')]
  writeFileSync(join(folder.path, 'both.yaml'), services)
  for (const [flags, words] of wrong) {
    for (const where of [folderWithBoth, places['at a gateway']()]) {
      const { code, stdout, stderr } = await run(['keys', 'create', '--name', 'bob', ...flags], where)
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(words)])
    }
  }
  const { id } = await json(['keys', 'create', '--name', 'of dialects', '--dialect', 'gemini'], [])
  expect((await run(['keys', 'update', id, '--dialect', 'gemni'], [])).stderr).toContain('the nearest is gemini.')
}, 30_000)

test('the help says what a list means that is not said, or said anew, and has the key beside its file', async () => {
  const create = (await run(['keys', 'create', '--help'])).stdout.replaceAll(/\s+/g, ' ')
  expect(create).toMatch(
    /--service <name> a service it may use, or `all`; may be repeated; without it, all, or as many/,
  )
  expect(create).toMatch(/--key-file <file>.*--key <key> the key to ask it with, itself.*--local/)
  const update = (await run(['keys', 'update', '--help'])).stdout.replaceAll(/\s+/g, ' ')
  expect(update).toMatch(/--service <name> .*may be repeated; in the place of those it has --model/)
})

test.each(['create', 'update'])('the help of %s tells of no other bound that a word lifts', async (command) => {
  const help = (await run(['keys', command, '--help'])).stdout
  const told = help.split(/\n +(?=--)/).flatMap((option) => {
    const [, flag, word] = /^(--[\w-]+) .*`(none|never)`/s.exec(option) ?? []
    return flag === undefined ? [] : [[flag, word]]
  })
  expect(told).toEqual(bounds.map(([flag, , word]) => [flag, word]))
})

test('a word lifts only what its flag says that it lifts', async () => {
  for (const args of ['--expires none', '--credits never', '--thinking never', '--max-tokens never']) {
    const { code, stdout } = await run(['keys', 'create', '--name', 'bob', ...args.split(' ')])
    expect([args, code === 0, stdout]).toEqual([args, false, ''])
  }
})

test('what is too much is told with what is most', async () => {
  const wrong = [
    ['create --name bob --tokens-per-day 99999999999999', 2, 'wanted a whole number from 1 to 1000000000000, or none.'],
    ['create --name bob --max-tokens 10000001', 2, 'wanted a whole number from 1 to 10000000, or none.'],
    ['rotate bob --overlap 99999999999', 2, 'or a whole number of seconds, at most 720h.'],
    ['rotate bob --overlap 721h', 2, 'or a whole number of seconds, at most 720h.'],
    ['create --name bob --credits 1000000000000', 1, 'wanted an amount below 1000000000 as a string'],
  ] as const
  for (const [args, code, words] of wrong) {
    const told = await run(['keys', ...args.split(' ')])
    expect(told).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) })
  }
  const most = ['--tokens-per-day', '1000000000000', '--credits', '999999999.999999']
  expect(await json(['keys', 'create', '--name', 'rich', ...most], [])).toMatchObject({
    credits: '999999999.999999',
    limits: { tokens_per_day: 1_000_000_000_000 },
  })
}, 30_000)

test('a key without a gateway to ask is refused, with a word on how a key is named', async () => {
  for (const command of ['audit', 'keys list', 'keys create --name bob']) {
    const { code, stdout, stderr } = await run([...command.split(' '), '--key', 'key_1'])
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/goes with --api\..*`audit --of alice`/)])
  }
}, 30_000)

test('a key in a file is refused without a gateway to ask, because it would be asked nothing', async () => {
  for (const command of ['audit', 'usage', 'keys list', 'keys create --name bob', 'keys list --local']) {
    const { code, stdout, stderr } = await run([...command.split(' '), '--key-file', 'key'])
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^--key-file .* goes with --api\.\n$/)])
  }
}, 30_000)

test('a database that is named beside a gateway to ask is refused, because it would not be asked', async () => {
  for (const flag of ['--database-url sqlite:a.db', '--data-dir a', '--no-migrate']) {
    const { code, stdout, stderr } = await run(['keys', 'list', '--api', 'http://127.0.0.1:1', ...flag.split(' ')])
    const words = new RegExp(`^${flag.split(' ')[0]} is for the database, and --api asks a gateway: .* --local\\.\n$`)
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(words)])
  }
  const local = ['--api', 'http://127.0.0.1:1', '--local', '--data-dir', 'near']
  expect(await run(['keys', 'create', '--name', 'near', ...local])).toMatchObject({ code: 0 })
}, 30_000)

test('a list is told in one form: two that are asked for are refused', async () => {
  for (const command of ['audit', 'usage', 'keys list']) {
    const { code, stdout, stderr } = await run([...command.split(' '), '--json', '--csv'])
    const message = "option '--csv' cannot be used with option '--json'"
    expect([code, JSON.parse(stdout)]).toEqual([2, { ok: false, message }])
    expect(stderr).toContain(message)
  }
}, 30_000)

test('an amount that is none is told without a pattern', async () => {
  const { code, stderr } = await run(['keys', 'create', '--name', 'bob', '--credits', '-5'])
  expect(code).toBe(1)
  expect(stderr).toContain('wanted an amount below 1000000000 as a string, with at most six decimals, such as "12.50".')
})

describe('keys at a gateway', () => {
  test('need its address, and a key that may', async () => {
    const bare = await run(['keys', 'list', '--api', '127.0.0.1:8044', '--key', 'x'])
    expect([bare.code, bare.stderr]).toEqual([
      1,
      expect.stringContaining('--api: found 127.0.0.1:8044, wanted an address'),
    ])
    const away = await run(['keys', 'list', '--api', 'http://127.0.0.1:2', '--key', 'x'])
    const silence = 'Nothing listens on http://127.0.0.1:2. Is the gateway running there?\n'
    expect(away).toMatchObject({ code: 1, stderr: silence })
    const user = await run(['keys', 'list', '--api', gateway.url, '--key', gateway.key])
    expect(user).toMatchObject({ code: 1, stderr: 'This is for the keys of operators and administrators.\n' })
    expect((await run(['keys', 'list', '--api', gateway.url], [], '')).stderr).toContain('GATEWAY_API_KEY')
    expect((await run(['keys', 'list', '--api', gateway.url, '--local'])).code).toBe(0)
  }, 30_000)

  test('say that what answers is no gateway, and that it speaks no TLS', async () => {
    const { body } = await askApi(gateway, ['GET', '/admin/v1/services'])
    const [{ url }] = body.data[0].upstreams
    const found = await run(['keys', 'list', '--api', url, '--key', 'x'])
    const words = `What answers at ${url} is no vllm-gateway: it knows no /admin/v1.\n`
    expect(found).toMatchObject({ code: 1, stdout: '', stderr: words })
    const { host } = new URL(gateway.url)
    const plain = await run(['keys', 'list', '--api', `https://${host}`, '--key', 'x'])
    const told = `What listens on ${host} does not speak TLS: is it http://${host}?\n`
    expect(plain).toMatchObject({ code: 1, stdout: '', stderr: told })
  }, 30_000)
})
