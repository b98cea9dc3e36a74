import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Document, parseDocument } from 'yaml'
import * as z from 'zod'
import { configVariable, flagText, namedSettings } from '../../src/settings/named-settings.ts'
import { serviceSchemas } from '../../src/settings/service-schema.ts'
import { settingsSchema } from '../../src/settings/settings-schema.ts'
import { createWorkingDirectory } from './working-directory.ts'

const readme = readFileSync(new URL('../../config/README.md', import.meta.url), 'utf8')
const defaultFile = readFileSync(new URL('../../config/gateway.yaml', import.meta.url), 'utf8')

test('config/gateway.yaml changes nothing', () => {
  const directory = createWorkingDirectory()
  const withoutFile = directory.load({})
  const withFile = directory.load({ file: defaultFile })
  expect(withFile.settings).toEqual(withoutFile.settings)
})

test('config/gateway.yaml has every setting, be it in a comment', () => {
  const names = [...namesIn(settingsSchema)].map((name) => name.split('.').at(-1) ?? '')
  const inReadmeOnly = ['column', 'separator', 'key', 'permission', 'table', 'columns']
  const missing = names.filter((name) => !defaultFile.includes(`${name}:`) && !inReadmeOnly.includes(name))
  expect(missing).toEqual([])
})

test('what config/gateway.yaml has in comments is taken when it is uncommented', () => {
  const uncommented = defaultFile
    .replace(/^ {2}table: null.*$/m, '')
    .replaceAll(/^( +)# /gm, '$1')
    .replaceAll(/^ +apiKeyFile:.*$/gm, '')
  const { settings } = createWorkingDirectory().load({ file: uncommented })
  expect(settings.keys.table).toMatchObject({ name: 'api_tokens', services: { gemma: 'gemma4' } })
  expect(settings.services.map(({ name }) => name)).toEqual(['gemma4', 'qwen', 'embeddinggemma', 'whisper'])
})

test('config/README.md names every setting, and no other', () => {
  const known = namesIn(settingsSchema)
  const sections = [...known].filter((name) =>
    [...known].some((other) => other.startsWith(`${name}.`) || other.startsWith(`${name}[`)),
  )
  const documented = new Set(rows().map(([name]) => name))
  expect([...known].filter((name) => !documented.has(name) && !sections.includes(name))).toEqual([])
  expect([...documented].filter((name) => !known.has(name.replace('[0]', '[]')))).toEqual([])
})

test('config/README.md has every variable and flag beside its setting', () => {
  for (const { path, variable, flag, isSecret } of namedSettings) {
    const name = path.join('.').replace(/\.0\./, '[0].')
    const cells = rows().find(([first, second]) => first === name && second?.startsWith('GATEWAY_'))
    expect(cells?.slice(1, 3)).toEqual([variable, flag === undefined ? '' : flagText(flag)])
    if (isSecret) expect(readme).toContain(`| \`${name}File\` | \`${variable}_FILE\` |`)
  }
  expect(readme).toContain(`\`${configVariable}\``)
})

test('the defaults in config/README.md are the defaults', () => {
  const directory = createWorkingDirectory()
  const services = [{}, { name: 'e', kind: 'embeddings' }, { name: 'w', kind: 'transcription' }]
  const document = new Document({ services })
  const defaults = defaultsIn().filter(([name]) => !name.startsWith('keys.table.'))
  for (const [name, value] of defaults) {
    const steps = name.replace('[]', '.0').replace('[embeddings]', '.1').replace('[transcription]', '.2').split('.')
    document.setIn(
      steps.map((step) => (/^\d$/.test(step) ? Number(step) : step)),
      parseDocument(value).contents,
    )
  }
  expect(defaults.length).toBeGreaterThan(30)
  const usual = directory.load({ file: JSON.stringify({ services }) }).settings
  expect(directory.load({ file: String(document) }).settings).toEqual(usual)
})

test('the worked examples in config/README.md are taken', () => {
  const directory = createWorkingDirectory()
  const examples = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '')
  const wholeFiles = examples.filter((text) => text.includes('\nkeys:') || text.startsWith('keys:'))
  expect(wholeFiles).toHaveLength(2)
  for (const text of wholeFiles) {
    const file = text.replace(/^databaseUrlFile.*$/m, '')
    expect(directory.load({ file }).settings.keys.table?.services).toEqual({ gemma: 'gemma4' })
  }
})

test('every way to permit that config/README.md shows is taken', () => {
  const lines = readme.match(/^permissions: \{.*\}/gm) ?? []
  expect(lines).toHaveLength(5)
  for (const line of lines) {
    const table = `{ name: t, encoding: plain, columns: { token: c, id: i }, ${line.replace(/ +#.*$/, '')} }`
    expect(createWorkingDirectory().load({ file: `keys: { table: ${table} }` }).settings.keys.table).not.toBeNull()
  }
})

/** The cells of every table row that begins with a setting's name, without their backquotes. */
function rows(): [string, ...string[]][] {
  return readme.split('\n').flatMap((line) => {
    const [name, ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
    return name !== undefined && line.startsWith('| `') ? [[name, ...cells]] : []
  })
}

/** The names in the tables that have defaults, each with the default as it would be written. */
function defaultsIn(): [string, string][] {
  return rows().flatMap(([name, ...cells]) => {
    const written = cells.length === 5 ? cells[2] : cells[0]
    const hasDefault = cells.length !== 2 && written !== undefined && !['', 'none', 'required'].includes(written)
    return hasDefault ? [[name, written]] : []
  })
}

/** What only services of a kind have is named after it, as `services[embeddings].maxInputs`. */
function serviceNames(path: string): Set<string> {
  const chat = namesIn(serviceSchemas.chat, `${path}[]`)
  const others = (['embeddings', 'transcription'] as const).flatMap((kind) =>
    [...namesIn(serviceSchemas[kind], `${path}[${kind}]`)].filter((name) => !chat.has(name.replace(`[${kind}]`, '[]'))),
  )
  return new Set([...chat, ...others])
}

/** All names that the schema knows, as `services[].timeouts.idle`. */
function namesIn(schema: z.core.$ZodType, path = ''): Set<string> {
  if (path === 'services') return serviceNames(path)
  if (schema instanceof z.ZodObject) {
    const inner = Object.entries(schema.shape).flatMap(([name, child]) => {
      const childPath = path === '' ? name : `${path}.${name}`
      return [childPath, ...namesIn(child, childPath)]
    })
    return new Set(inner)
  }
  if (schema instanceof z.ZodArray) return namesIn(schema.element, `${path}[]`)
  return new Set(partsOf(schema).flatMap((part) => [...namesIn(part, path)]))
}

function partsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out]
  if (schema instanceof z.ZodDiscriminatedUnion) return [...schema.options]
  const wrappers = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodNullable, z.ZodExactOptional]
  const wrapper = wrappers.find((candidate) => schema instanceof candidate)
  return wrapper !== undefined && 'unwrap' in schema && typeof schema.unwrap === 'function' ? [schema.unwrap()] : []
}
