import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { createShippingThread } from '../../src/usage/shipping-thread.ts'
import { openSpoolFile } from '../../src/usage/spool-file.ts'
import { until } from '../gateway/until.ts'
import { ownerOf } from './spool-owner.ts'

function rig() {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(folder, 'ledger-spool.db')
  openSpoolFile(spoolPath, ownerOf('a')).close()
  const started: Worker[] = []
  const note = (worker: Worker) => void started.push(worker)
  process.on('worker', note)
  onTestFinished(async () => {
    process.off('worker', note)
    for (const worker of started) await worker.terminate()
    rmSync(folder, { recursive: true })
  })
  const database = { kind: 'sqlite', path: join(folder, 'gateway.db') } as const
  const crashed: string[] = []
  const thread = createShippingThread({
    order: { work: 'ship-the-ledger', spoolPath, database, retentionMs: 86_400_000 },
    onWord: () => undefined,
    onCrash: () => crashed.push('crashed'),
  })
  return { thread, started, crashed }
}

test('a thread that is to stop is not followed by another where the spool is replaced meanwhile', async () => {
  const { thread, started, crashed } = rig()
  thread.start()
  const stopped = thread.stop(5000)
  thread.renew()
  await stopped
  expect([started.length, crashed.length]).toEqual([1, 0])
})

/** How nice a thread of this process is, by its name; undefined where there is none. */
function nicenessOf(name: string): number | undefined {
  const tasks = '/proc/self/task'
  const task = readdirSync(tasks).find((id) => readFileSync(join(tasks, id, 'comm'), 'utf8').trim() === name)
  if (task === undefined) return undefined
  const fields = readFileSync(join(tasks, task, 'stat'), 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[16])
}

test.runIf(existsSync('/proc/thread-self'))('the thread gives way to the one that serves', async () => {
  const { thread } = rig()
  thread.start()
  await until(() => (nicenessOf('ledger') ?? 0) > 0)
  await thread.stop(5000)
})
