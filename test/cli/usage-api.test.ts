import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerKey, startAdminGateway } from '../gateway/admin-rig.ts'
import { ask, says } from '../gateway/ask.ts'
import { type CliResult, runCli, temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import type { TestGateway } from '../support/test-gateway.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
const keyFile = join(folder.path, 'key')
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway('prices: { message: 0.03 }\n')
  writeFileSync(keyFile, `${ownerKey}\n`, { mode: 0o600 })
  for (const path of ['/v1/chat/completions', '/qwen/v1/chat/completions']) {
    expect((await ask(gateway, says('[[say Hi]]'), { path })).status).toBe(200)
  }
}, 20_000)
afterAll(async () => {
  await kept.stop()
  await gateway.stop()
  folder.remove()
})

function usage(...args: string[]): Promise<CliResult> {
  return kept.run(['usage', '--api', gateway.url, '--key-file', keyFile, ...args], { folder: folder.path })
}

describe('usage at a gateway', () => {
  test('is the same table, JSON and CSV as on the database', async () => {
    await expect.poll(async () => (await usage('--json')).stdout, { timeout: 10_000 }).toMatch(/"requests": 2/)
    const alone = ['usage', '--api', gateway.url, '--key-file', keyFile]
    const table = (await runCli(alone, { folder: folder.path })).stdout.trimEnd().split('\n')
    expect(table[0]).toMatch(/^DAY +REQUESTS +FAILED +ABANDONED +PROMPT TOKENS +COMPLETION TOKENS +CHARGE$/)
    expect(table[1]?.split(/ +/)).toMatchObject({ 1: '2', 2: '0', 3: '0', 6: '0.06' })
    expect(JSON.parse((await usage('--by', 'service', '--json')).stdout)).toMatchObject([
      { service: 'gemma4', requests: 1, charge: '0.03', audio_seconds: 0 },
      { service: 'qwen', requests: 1, charge: '0.03' },
    ])
    expect((await usage('--by', 'key', '--csv')).stdout).toMatch(/^key_id,key_name,requests,.*\n\S+,test,2,/)
  }, 30_000)

  test('is one key and one service alone where that is asked for', async () => {
    const [{ key_id: id }] = JSON.parse((await usage('--by', 'key', '--json')).stdout)
    const own = JSON.parse((await usage('--of', id, '--service', 'qwen', '--json')).stdout)
    expect(own).toMatchObject([{ requests: 1 }])
    const byName = ['--of', 'test', '--service', 'qwen', '--json']
    expect(JSON.parse((await usage(...byName)).stdout)).toMatchObject([{ requests: 1 }])
    expect((await usage('--of', 'test', '--service', 'qwem')).stderr).toBe(
      'No service is named qwem: there are gemma4, qwen.\n',
    )
    expect((await usage('--since', '2020-01-01', '--until', '2020-02-01')).stdout).toMatch(/^Nothing/)
    for (const ever of ['99999d', '1960-01-01']) {
      expect(JSON.parse((await usage('--since', ever, '--json')).stdout)).toMatchObject([{ requests: 2 }])
    }
  }, 30_000)

  test('says in words what is wrong, and sends no key as an id', async () => {
    const wrong = [
      [['--key', gateway.key], /id or name is wanted here/],
      [['--key', 'key_nobody'], /no key with the id or name key_nobody\./],
      [['--of', ''], /no key with the id or name \./],
      [['--since', '2027-01-02', '--until', '2027-01-01'], /--since: found a time that is not before --until/],
      [['--key-file', join(folder.path, 'none')], /none cannot be read/],
      [['--local'], /There is no database/],
    ] as const
    for (const [args, words] of wrong) {
      const { code, stdout, stderr } = await usage(...args)
      expect([args, code, stdout]).toEqual([args, 1, ''])
      expect(stderr).toMatch(words)
      expect(stderr).not.toContain(gateway.key)
    }
    const environment = { GATEWAY_API_KEY: gateway.key }
    const user = await runCli(['usage', '--api', gateway.url], { folder: folder.path, environment })
    expect(user).toMatchObject({ code: 1, stderr: "Only an administrator's key may see the usage of others.\n" })
  }, 30_000)
})

test('the audit trail is read at a gateway with a key from a file', async () => {
  const args = ['audit', '--api', gateway.url, '--key-file', keyFile, '--json']
  const { code, stdout } = await runCli(args, { folder: folder.path })
  expect([code, JSON.parse(stdout)]).toMatchObject([0, [{ action: 'key.create' }, { action: 'key.create' }]])
})
