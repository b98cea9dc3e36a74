import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { runCli, temporaryFolder } from '../support/cli-process.ts'

const folder = join(import.meta.dirname, '../../docker')
const source = readFileSync(join(folder, 'compose.yaml'), 'utf8')
const settingsText = readFileSync(join(folder, 'gateway.yaml'), 'utf8')

const serviceSchema = z.object({
  image: z.string(),
  profiles: z.array(z.string()).optional(),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  privileged: z.undefined().optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.literal('unless-stopped'),
  deploy: z.unknown().optional(),
})
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
})
const compose = composeSchema.parse(parse(source, { merge: true }))
const services = Object.entries(compose.services)

function service(name: string): z.infer<typeof serviceSchema> {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`There is no service ${name}.`)
  return found
}

function seconds(duration: string | undefined): number {
  const [, amount = 'NaN', unit] = /^(\d+)(s|m)$/.exec(duration ?? '') ?? []
  return Number(amount) * (unit === 'm' ? 60 : 1)
}

describe('compose', () => {
  test('has a gateway, MySQL, vLLM, and Open WebUI only where its profile is used', () => {
    expect(services.map(([name, { profiles }]) => [name, profiles])).toEqual([
      ['gateway', undefined],
      ['mysql', undefined],
      ['vllm', undefined],
      ['webui', ['webui']],
    ])
  })

  test('pins every image that it does not build', () => {
    const images = services.map(([, { image }]) => image).filter((image) => image !== 'vllm-gateway:local')
    expect(images).toHaveLength(3)
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/)
    expect(service('mysql').image).toMatch(/^mysql:8\.4\./)
  })

  test('publishes the gateway, and Open WebUI with its profile, on loopback only', () => {
    const published = services.filter(([, { ports }]) => ports.length > 0)
    expect(published.map(([name]) => name)).toEqual(['gateway', 'webui'])
    for (const [, { ports }] of published) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(source).not.toContain('network_mode')
  })

  test('has no password in it: what is secret is a file', () => {
    const environment = services.flatMap(([, found]) => Object.entries(found.environment))
    const secret = environment.filter(([name]) => /KEY|PASSWORD|SECRET|TOKEN|DATABASE_URL/.test(name))
    const inFiles = secret.filter(([name, value]) => name.endsWith('_FILE') && value.startsWith('/run/secrets/'))
    expect(inFiles.length).toBeGreaterThan(4)
    expect(settingsText).not.toMatch(/apiKey:|adminKey:|databaseUrl:|Secret:/)
    expect(secret.filter((pair) => !inFiles.includes(pair))).toEqual([['HF_TOKEN', '${HF' + '_TOKEN:-}']])
  })

  test('gives each service the secrets that it reads, and no other', () => {
    for (const [name, found] of services) {
      const settings = name === 'gateway' ? JSON.stringify(parse(settingsText)) : ''
      const text = JSON.stringify(parse(source, { merge: true }).services[name]) + settings
      const read = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, secret]) => secret)
      expect({ name, secrets: [...found.secrets].sort() }).toEqual({ name, secrets: [...new Set(read)].sort() })
      expect(found.secrets.filter((secret) => compose.secrets[secret] === undefined)).toEqual([])
    }
  })

  test('reads secrets only from the folder that is not committed', () => {
    expect(readFileSync(join(folder, '.gitignore'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['secrets/', '.env']),
    )
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`)
  })

  test('starts each service when what it needs is well', () => {
    expect(service('gateway').depends_on).toEqual({
      mysql: { condition: 'service_healthy' },
      vllm: { condition: 'service_started' },
    })
    expect(service('webui').depends_on).toEqual({ gateway: { condition: 'service_healthy' } })
    for (const name of ['gateway', 'mysql', 'vllm']) expect(service(name).healthcheck?.test[0]).toBe('CMD')
  })

  test('lets the gateway finish its replies before it is killed', () => {
    const grace = seconds(parse(settingsText).shutdownGrace)
    expect(grace).toBe(120)
    expect(seconds(service('gateway').stop_grace_period)).toBeGreaterThanOrEqual(grace + 20)
  })

  test('runs the gateway without rights and on a read-only root', () => {
    expect(service('gateway')).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    expect(service('gateway').volumes).toContain('gateway-data:/data')
  })

  test('keeps the database out of reach of all but the gateway', () => {
    expect(compose.networks['database']?.internal).toBe(true)
    expect(services.filter(([, { networks }]) => networks.includes('database')).map(([name]) => name)).toEqual([
      'gateway',
      'mysql',
    ])
    expect(service('mysql').networks).toEqual(['database'])
    expect(service('webui').networks).not.toContain('model')
  })

  test('gives vLLM the one card that was chosen, and will not start without a choice', () => {
    const { deploy } = z
      .object({
        deploy: z.object({ resources: z.object({ reservations: z.object({ devices: z.array(z.unknown()) }) }) }),
      })
      .parse(service('vllm'))
    const choice = expect.stringMatching(/^\$\{GPU_UUID:\?/)
    expect(deploy.resources.reservations.devices).toEqual([
      { driver: 'nvidia', device_ids: [choice], capabilities: ['gpu'] },
    ])
    expect(service('vllm').environment['GPU_UUID']).toEqual(choice)
  })

  test('starts vLLM by the script, with values that the script knows, where the gateway looks for it', () => {
    const script = readFileSync(join(folder, '../scripts/start-vllm.sh'), 'utf8')
    const { environment } = service('vllm')
    const names = Object.keys(environment).filter((name) => name !== 'HF_TOKEN')
    expect(names.filter((name) => !script.includes(`\${${name}:-`))).toEqual([])
    expect(parse(settingsText).services[0].upstreams).toEqual([`http://vllm:${environment['PORT']}`])
    expect(service('vllm').healthcheck?.test.join()).toContain(`:${environment['PORT']}/health`)
  })

  test('lets another model have what it needs', () => {
    const names = ['MODEL', 'CHAT_TEMPLATE', 'REASONING_PARSER', 'TOOL_CALL_PARSER', 'KV_CACHE_MEMORY_BYTES']
    for (const name of names) expect(service('vllm').environment[name]).toBe(`\${${name}:-}`)
  })

  test('mounts only files that are there and volumes that are named', () => {
    const sources = services.flatMap(([, { volumes }]) =>
      volumes.map((volume) => volume.replace(/^\$\{\w+:-(.*?)\}/, '$1')),
    )
    for (const [first = ''] of sources.map((volume) => volume.split(':'))) {
      if (first.startsWith('.')) expect(existsSync(join(folder, first)), first).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(first)
    }
  })
})

describe('the settings file of compose', () => {
  const room = temporaryFolder()
  afterAll(() => room.remove())

  /** As in the container, whose secrets and data lie elsewhere here. */
  async function check(settings: string) {
    for (const secret of service('gateway').secrets) {
      writeFileSync(join(room.path, secret), secret === 'database_url' ? 'mysql://u:p@mysql:3306/d' : 'x'.repeat(32))
    }
    const here = (text: string) => text.replaceAll('/run/secrets/', `${room.path}/`)
    writeFileSync(join(room.path, 'gateway.yaml'), here(settings))
    const environment = Object.fromEntries(
      Object.entries(service('gateway').environment).map(([name, value]) => [name, here(value)]),
    )
    const image = { GATEWAY_HOST: '0.0.0.0', GATEWAY_PORT: '8044', GATEWAY_DATA_DIR: join(room.path, 'data') }
    const args = ['config', 'check', '--config', join(room.path, 'gateway.yaml')]
    return runCli(args, { folder: room.path, environment: { ...image, ...environment } })
  }

  test('is mounted where the gateway looks for it, and stands the check', async () => {
    expect(service('gateway').volumes).toContain('${CONFIG_FILE' + ':-./gateway.yaml}:/app/config/gateway.yaml:ro')
    expect(await check(settingsText)).toMatchObject({ code: 0, stderr: '' })
  })

  test('takes a second service, and its other settings are those that hold', async () => {
    const second = `${settingsText}\n  - name: qwen\n    upstreams: [http://192.0.2.10:8092]\n`
    expect(await check(second)).toMatchObject({ code: 0, stderr: '' })
    const names = Object.keys(service('gateway').environment)
    expect(names.toSorted()).toEqual(['GATEWAY_ADMIN_KEY_FILE', 'GATEWAY_DATABASE_URL_FILE', 'GATEWAY_LOG_FORMAT'])
  })
})

test('docker/README.md names every value that compose reads', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const names = new Set([...source.matchAll(/\$\{(\w+):/g)].map(([, name = '']) => name))
  expect(names.size).toBeGreaterThan(5)
  expect([...names].filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})
