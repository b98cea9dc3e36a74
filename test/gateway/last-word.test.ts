import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startGateway } from '../../src/gateway.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { ownerKey } from './admin-rig.ts'
import { ask, says } from './ask.ts'

/** A gateway whose spool is a folder, and what it logs. */
async function startWithoutSpool() {
  const simulator = createSimulator()
  const { url: vllmUrl } = await simulator.listen()
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  mkdirSync(join(folder, 'ledger-spool.db'))
  const config = join(folder, 'gateway.yaml')
  writeFileSync(
    config,
    `port: 0\nshutdownGrace: 0s\nadminKey: ${ownerKey}\nservices: [{ upstreams: ['${vllmUrl}'] }]\n`,
  )
  const flags = { config, dataDir: folder }
  const { settings } = loadSettings({ environment: {}, flags, workingDirectory: folder })
  const told: string[] = []
  const tell = (_fields: object, message: string) => void told.push(message)
  const close = async () => void told.push('closed')
  const log = { access: () => undefined, info: tell, warn: tell, error: tell, close }
  onTestFinished(async () => {
    await simulator.close()
    rmSync(folder, { recursive: true })
  })
  return { ...(await startGateway(settings, 'test', log)), key: ownerKey, folder, told }
}

test('that the gateway has ended is its last word: what of the ledger was lost is told before', async () => {
  const { url, key, folder, told, stop } = await startWithoutSpool()
  const other = new DatabaseSync(join(folder, 'gateway.db'))
  onTestFinished(() => other.close())
  const response = await ask({ url, key }, says('[[say Hi]]'))
  expect([response.status, (await response.text()).includes('Hi')]).toEqual([200, true])
  other.exec('BEGIN EXCLUSIVE')
  await stop()
  expect(told.slice(-3)).toEqual([
    'neither the spool nor the database takes them: entries of the ledger are lost',
    'the gateway has ended',
    'closed',
  ])
}, 60_000)

test('what cannot be closed is told, and the log is closed all the same', async () => {
  const { told, stop } = await startWithoutSpool()
  const close = vi.spyOn(DatabaseSync.prototype, 'close').mockImplementation(() => {
    throw new Error('The disk is gone.')
  })
  onTestFinished(() => close.mockRestore())
  await expect(stop()).rejects.toThrow('The disk is gone.')
  expect(told.slice(-2)).toEqual(['the gateway could not close all that it had open', 'closed'])
}, 60_000)
