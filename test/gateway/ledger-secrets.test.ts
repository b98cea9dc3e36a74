import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli-process.ts'
import { startTestGateway } from '../support/test-gateway.ts'
import { ask, says, streams } from './ask.ts'
import { until } from './until.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

test('no prompt, no reply and no key is ever in the spool or the database', async () => {
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const settings = `databaseUrl: sqlite:${data}/gateway.db\nledger: { spool: ${data}/spool.db }`
  const gateway = await startTestGateway({ settings })
  const prompt = 'canary-prompt-5a1'
  for (const text of [
    `${prompt} [[say canary-reply-7c3]]`,
    `${prompt} [[fault status 400]]`,
    `${prompt} [[fault cut 3]]`,
  ]) {
    for (const body of [says(text), streams(text)])
      await ask(gateway, body).then(
        (response) => response.text(),
        () => '',
      )
  }
  const own = { headers: { authorization: `Bearer ${gateway.key}` } }
  await until(
    async () => ((await (await fetch(`${gateway.url}/v1/usage`, own)).json()) as { data: unknown[] }).data.length === 6,
  )
  const bytes = () => readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'))
  const before = bytes()
  await gateway.stop()
  for (const text of [...before, ...bytes()]) {
    for (const secret of ['canary-prompt', 'canary-reply', gateway.key]) expect(text).not.toContain(secret)
  }
  expect(before.join('')).toContain('/v1/chat/completions')
})
