import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerKey, startAdminGateway } from '../gateway/admin-rig.ts'
import { type CliResult, runCli, temporaryFolder } from '../support/cli-process.ts'
import type { TestGateway } from '../support/test-gateway.ts'

const folder = temporaryFolder()
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway()
})
afterAll(async () => {
  await gateway.stop()
  folder.remove()
})

function run(args: string[], where: readonly string[] = [], key = ownerKey): Promise<CliResult> {
  const environment = { GATEWAY_ADMIN_KEY: key }
  return runCli([...args, ...where], { folder: folder.path, environment })
}

async function json(args: string[], where: readonly string[]) {
  const { code, stdout, stderr } = await run([...args, '--json'], where)
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
    const made = await json(['keys', 'create', '--name', `ada ${place}`, '--tag', 'a', '--tag', 'b', ...flags], where)
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
    const changed = await json(['keys', 'update', made.name, ...changes], where)
    expect(changed).toMatchObject({
      services: 'all',
      credits: null,
      expires_at: '2099-01-01T00:00:00.000Z',
      defaults: { enable_thinking: false, max_tokens: 64, reasoning_fields: 'reasoning_content' },
      limits: { requests_per_minute: 60 },
    })
    const rotated = await json(['keys', 'rotate', made.id, '--overlap', '60'], where)
    expect(rotated.key).toMatch(/^vgw_/)
    expect(rotated.key).not.toBe(made.key)
    expect((await json(['keys', 'revoke', made.id], where)).state).toBe('revoked')
    const audit = await json(['audit', '--of', made.id], where)
    expect(audit.map(({ action }: { action: string }) => action)).toEqual([
      'key.revoke',
      'key.rotate',
      'key.update',
      'key.create',
    ])
    const table = await run(['audit', '--of', made.id], where)
    expect(table.stdout).toMatch(/AT +WHO +ACTION.*key\.update.*credits: "12\.5" → null/s)
    expect(JSON.stringify(audit) + table.stdout).not.toContain(made.key)
  }, 30_000)

  test('are listed as a table, as JSON and as CSV that no spreadsheet runs', async () => {
    const where = places[place]()
    const { id } = await json(['keys', 'create', '--name', '=SUM(A1), "x"'], where)
    expect((await json(['keys', 'list'], where)).map((key: { id: string }) => key.id)).toContain(id)
    const csv = (await run(['keys', 'list', '--csv'], where)).stdout
    expect(csv.split('\n')[0]).toBe('id,name,role,ends_in,services,expires,last_used,state')
    expect(csv).toContain(`${id},"'=SUM(A1), ""x""",user,`)
  }, 30_000)

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

describe('keys at a gateway', () => {
  test('need its address, and a key that may', async () => {
    const away = await run(['keys', 'list', '--api', 'http://127.0.0.1:9', '--key', 'x'])
    expect(away).toMatchObject({ code: 1, stderr: 'The gateway cannot be reached at http://127.0.0.1:9.\n' })
    const user = await run(['keys', 'list', '--api', gateway.url, '--key', gateway.key])
    expect(user).toMatchObject({ code: 1, stderr: 'This is for the keys of operators and administrators.\n' })
    expect((await run(['keys', 'list', '--api', gateway.url], [], '')).stderr).toContain('GATEWAY_API_KEY')
    expect((await run(['keys', 'list', '--api', gateway.url, '--local'])).code).toBe(0)
  }, 30_000)
})
