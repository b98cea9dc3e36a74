import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { addEntries } from '../../src/usage/add-entries.ts'
import { temporaryFolder } from '../support/cli-process.ts'
import { startKeptCli } from '../support/kept-cli.ts'
import { usageRowOf } from '../usage/usage-rows.ts'

const folder = temporaryFolder()
const kept = startKeptCli()
const name = '=Eve\u001b[2J\nowner  root\u009b31m'
const shown = '=Eve\\x1b[2J\\x0aowner  root\\x9b31m'

beforeAll(async () => {
  await kept.run(['keys', 'create', '--name', 'eve', '--owner', 'x'], { folder: folder.path })
  const database = openDatabase({ kind: 'sqlite', path: join(folder.path, 'data', 'gateway.db') })
  await sql`update gateway_keys set name = ${name}`.execute(database.kysely)
  await sql`update gateway_key_terms set owner = ${name}`.execute(database.kysely)
  await sql`update gateway_audit set actor_name = ${name}, new_values = ${JSON.stringify({ name })}`.execute(
    database.kysely,
  )
  await addEntries(database, [usageRowOf({ started_at: Date.now(), key_name: name, end_user: name })])
  await database.close()
})
afterAll(async () => {
  await kept.stop()
  folder.remove()
})

test.each([
  ['keys list', shown],
  ['keys list --csv', `,'${shown},user,`],
  ['usage --by key', shown],
  ['usage --by user', shown],
  ['usage --by user --csv', `'${shown},1,`],
  ['audit', shown],
  ['audit --csv', `,'${shown},key.create,`],
])('%s obeys no name from elsewhere, and shows what is in it', async (command, told) => {
  const { stdout } = await kept.run(command.split(' '), { folder: folder.path })
  expect(stdout).toContain(told)
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})

test('a key is shown a line each for what is said of it, whatever is in it', async () => {
  const { stdout } = await kept.run(['keys', 'show', name], { folder: folder.path })
  const lines = stdout.split('\n').map((line) => line.replace(/ +/, ' '))
  expect(lines).toContain(`name ${shown}`)
  expect(lines).toContain('owner =Eve\\x1b[2J owner root\\x9b31m')
})

test('JSON has the name as it is, and no control character', async () => {
  const { stdout } = await kept.run(['keys', 'list', '--json'], { folder: folder.path })
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  expect(JSON.parse(stdout)).toMatchObject([{ name, owner: name }])
})
