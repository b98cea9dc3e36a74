import { describe, expect, test } from 'vitest'
import { load, namesOf, refuse } from './working-directory.ts'

describe('a service of a kind other than chat', () => {
  test('has the defaults of its kind', () => {
    const file = 'services: [{}, { name: e, kind: embeddings }, { name: w, kind: transcription }]'
    const { services } = load({ file }).settings
    expect(services).toMatchObject([
      { name: 'gemma4', kind: 'chat', server: 'auto', upstreams: ['http://127.0.0.1:8092'], places: 8, queue: 64 },
      {
        ...{ name: 'e', kind: 'embeddings', server: 'auto', upstreams: ['http://127.0.0.1:8093'], queue: 8192 },
        ...{ aliases: [], maxInputs: 2048, batch: { waitMs: 3, inputsMax: 32, tokensMax: 8192 } },
      },
      {
        ...{ name: 'w', kind: 'transcription', upstreams: ['http://127.0.0.1:8094'], places: 1, queue: 64 },
        ...{ uploadMaxBytes: 25 * 2 ** 20, durationMaxMs: 4 * 3_600_000, convert: 'auto' },
      },
    ])
  })

  test('needs a name, and does not know the settings of another kind', () => {
    expect(namesOf(refuse({ file: 'services: [{ kind: embeddings }]' }))).toEqual(['services[0].name'])
    const [problem] = refuse({ file: 'services: [{ name: w, kind: transcription, maxTokens: 5 }]' })
    expect(problem).toMatchObject({
      name: 'services[0].maxTokens',
      found: 'a setting of services of the kind chat',
      wanted: expect.stringContaining('uploadMax'),
    })
    expect(problem).not.toHaveProperty('nearest')
    expect(refuse({ file: 'services: [{ batch: { wait: 3ms } }]' })).toMatchObject([
      { name: 'services[0].batch', found: 'a setting of services of the kind embeddings' },
    ])
    expect(refuse({ file: 'services: [{ bach: 3 }]' })).toMatchObject([{ found: 'an unknown setting' }])
  })

  test('names only servers that there are for its kind', () => {
    const file = 'services: [{ name: e, kind: embeddings, server: whisper.cpp }]'
    const wanted = 'one of auto, vllm, llama.cpp'
    expect(refuse({ file })).toMatchObject([{ name: 'services[0].server', found: '"whisper.cpp"', wanted }])
  })
})

test('two addresses of the same server are both named', () => {
  const file = 'services: [{ upstreams: [http://127.0.0.1:2, http://127.0.0.1:1, http://127.0.0.1:1/v1/] }]'
  expect(refuse({ file })).toMatchObject([
    {
      ...{ name: 'services[0].upstreams[2]', wanted: 'each server once' },
      found: 'http://127.0.0.1:1, which is upstreams[1] already',
    },
  ])
})

test('a kind that is none is told with those there are, whatever else is wrong with the service', () => {
  const file = 'services: [{ kind: speech, places: 0 }]'
  const wanted = 'one of chat, embeddings, transcription'
  expect(refuse({ file })).toMatchObject([{ name: 'services[0].kind', found: '"speech"', wanted }])
})

test('all problems of a service are told at once, with a name that is taken', () => {
  const file = 'services: [{ name: a }, { name: a, kind: embeddings }, { name: b, places: 0, queue: -1 }]'
  expect(namesOf(refuse({ file })).toSorted()).toEqual(['services[1].name', 'services[2].places', 'services[2].queue'])
})
