import { describe, expect, test } from 'vitest'
import { load, namesOf, refuse } from './working-directory.ts'

describe('services', () => {
  test('without any there is one with the documented defaults', () => {
    expect(load({}).settings.services).toEqual([
      {
        name: 'gemma4',
        server: 'auto',
        kind: 'chat',
        upstreams: ['http://127.0.0.1:8092'],
        balance: 'prefix',
        apiKey: null,
        model: null,
        aliases: ['google/gemma-4-e2b-it'],
        defaults: { temperature: 0.7, top_p: 0.9, top_k: 40, max_tokens: 1024, enable_thinking: false },
        maxTokens: 8192,
        maxChoices: 4,
        maxImages: 2,
        maxAudio: 1,
        remoteImages: { enabled: false, bytesMax: 10_485_760, timeoutMs: 5000, deny: [] },
        anthropic: { stripBillingHeader: true },
        gemini: { endWithDone: false },
        thinkingOnly: 'retry',
        contextWindow: null,
        limits: { requestsPerMinute: null, tokensPerMinute: null, tokensPerDay: null, concurrent: null },
        places: 8,
        queue: 64,
        timeouts: { connectMs: 5000, firstEventMs: 120_000, idleMs: 60_000, totalMs: 1_800_000 },
        prices: {
          message: null,
          promptTokens: null,
          cachedTokens: null,
          completionTokens: null,
          audioMinute: null,
          webSearch: null,
        },
      },
    ])
  })

  test('what an entry leaves out has its default, but not the alias of another model', () => {
    const [first, second] = load({ file: 'services: [{ places: 2 }, { name: qwen, timeouts: { idle: 5s } }]' }).settings
      .services
    expect(first).toMatchObject({ name: 'gemma4', places: 2, aliases: ['google/gemma-4-e2b-it'] })
    expect(second).toMatchObject({
      name: 'qwen',
      places: 8,
      aliases: [],
      timeouts: { idleMs: 5000, totalMs: 1_800_000 },
    })
  })

  test('a low maxTokens lowers the default answer, but not a written one', () => {
    const { services } = load({ file: 'services: [{ maxTokens: 512 }]' }).settings
    expect(services[0]).toMatchObject({ defaults: { max_tokens: 512 } })
    const problems = refuse({ file: 'services: [{ maxTokens: 512, defaults: { max_tokens: 1024 } }]' })
    expect(problems).toEqual([
      expect.objectContaining({
        name: 'services[0].defaults.max_tokens',
        found: '1024',
        wanted: 'at most what maxTokens says',
      }),
    ])
  })

  test.each(['v1', 'v1beta', 'chat', 'health', 'livez', 'readyz', 'models', 'admin', 'docs', 'metrics', 'responses'])(
    'no service may be called %s, which is a route',
    (name) => {
      expect(namesOf(refuse({ file: `services: [{ name: ${name} }]` }))).toEqual(['services[0].name'])
    },
  )

  test.each(['Gemma', '-a', 'a_b', 'a/b', '""', 'ä', 'a'.repeat(64)])('no service may be called %s', (name) => {
    expect(namesOf(refuse({ file: `services: [{ name: ${name} }]` }))).toEqual(['services[0].name'])
  })

  test.each(['4', 'a'.repeat(63), 'gemma-4'])('a service may be called %s', (name) => {
    expect(load({ file: `services: [{ name: ${name} }]` }).settings.services[0]?.name).toBe(name)
  })

  test('a name or an alias picks one service only', () => {
    expect(namesOf(refuse({ file: 'services: [{ name: a }, { name: a }]' }))).toEqual(['services[1].name'])
    expect(namesOf(refuse({ file: 'services: [{}, {}]' }))).toEqual(['services[1].name'])
    const taken = 'services: [{ name: a, aliases: [x, gpt-*] }, { name: b, aliases: [gpt-4*, x, a] }]'
    expect(namesOf(refuse({ file: taken }))).toEqual(['services[1].aliases[1]', 'services[1].aliases[2]'])
  })

  test('an alias that is taken is told beside a name that is, but not one that goes with the name', () => {
    const both = 'services: [{ name: a, aliases: [x] }, { name: a, aliases: [x, y] }]'
    expect(namesOf(refuse({ file: both }))).toEqual(['services[1].name', 'services[1].aliases[0]'])
    const usual = 'aliases: [google/gemma-4-e2b-it]'
    expect(namesOf(refuse({ file: `services: [{ ${usual} }, {}]` }))).toEqual(['services[1].name'])
    const written = `services: [{ ${usual} }, { ${usual} }]`
    expect(namesOf(refuse({ file: written }))).toEqual(['services[1].name', 'services[1].aliases[0]'])
  })

  test('every model server that is there twice is told, beside those that are none', () => {
    const file = 'services: [{ upstreams: [x, http://a, http://a/, http://b, x, http://b/v1] }]'
    const names = namesOf(refuse({ file })).toSorted()
    expect(names).toEqual([0, 2, 4, 5].map((index) => `services[0].upstreams[${index}]`))
  })

  test('a name that is taken is told beside problems of the services themselves', () => {
    const problems = refuse({ file: 'services: [{ name: a, places: 0 }, { name: a, queue: x }]' })
    expect(namesOf(problems).toSorted()).toEqual(['services[0].places', 'services[1].name', 'services[1].queue'])
  })
})

describe('the short-cut for a single service', () => {
  test('sets the model server of the only service in the file', () => {
    const { settings, sources } = load({
      file: 'services: [{ name: qwen, upstreams: [http://a, http://b], apiKey: old }]',
      environment: { GATEWAY_VLLM_URL: 'http://c/v1', GATEWAY_VLLM_API_KEY: 'new' },
    })
    expect(settings.services).toHaveLength(1)
    expect(settings.services[0]).toMatchObject({ name: 'qwen', upstreams: ['http://c'], apiKey: 'new' })
    expect(sources['services[0].upstreams']).toEqual({ from: 'environment', name: 'GATEWAY_VLLM_URL' })
    expect(sources['services[0].name']).toEqual({ from: 'file', line: 1 })
  })

  test('is refused with several services, in the words of the environment and the command line', () => {
    const problems = refuse({
      file: 'services: [{ name: a }, { name: b }]',
      environment: { GATEWAY_VLLM_API_KEY: 'k' },
      flags: { vllmUrl: 'http://c' },
    })
    expect(problems.map(({ name, found }) => [name, found])).toEqual([
      ['GATEWAY_VLLM_API_KEY', '2 services in the file'],
      ['--vllm-url', '2 services in the file'],
    ])
  })

  test('leaves what is wrong with the file to be told', () => {
    for (const services of ['gemma4', '[gemma4]', '{ name: gemma4 }', '[[]]']) {
      const problems = refuse({ file: `services: ${services}`, environment: { GATEWAY_VLLM_URL: 'http://c' } })
      expect(namesOf(problems)[0]).toMatch(/^services/)
    }
  })

  test('a bad item of the list that it replaces is forgotten with the list', () => {
    const problems = refuse({ file: 'services:\n  - upstreams: [x]', environment: { GATEWAY_VLLM_URL: 'y' } })
    expect(problems).toEqual([expect.objectContaining({ name: 'GATEWAY_VLLM_URL', found: '"y"' })])
    expect(problems[0]).not.toHaveProperty('line')
  })
})
