import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { startTestGateway } from '../support/test-gateway.ts'
import { ownerKey } from './admin-rig.ts'
import { ask } from './ask.ts'
import { crowdedOut, keyWith } from './crowded-out.ts'
import { embeddingsPath } from './embeddings-rig.ts'

const inputsMax = 8
const terms = `kind: embeddings, upstreams: ['$VLLM'], places: 2, batch: { inputs: ${inputsMax} }`

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { serves: 'embeddings', maxModelLen: 2048, firstTokenMs: 20 },
    settings: `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
services:
  - { name: wide, ${terms} }
  - { name: narrow, ${terms}, queue: 4 }
`,
  })
})

afterAll(() => gateway.stop())

describe('a key that has a corpus made into vectors', () => {
  async function crowdedOutOf(service: string): Promise<number> {
    const [greedy, modest] = [await keyWith(gateway), await keyWith(gateway)]
    async function askAs(key: string, input: string | readonly string[]): Promise<number> {
      const headers = { authorization: `Bearer ${key}` }
      const response = await ask(gateway, { model: service, input }, { path: `/${service}${embeddingsPath}`, headers })
      await response.text()
      return response.status
    }
    // Batches that leave no room for anybody else's input.
    const whole = Array.from({ length: inputsMax }, (_, at) => `text ${at}`)
    return crowdedOut({ asMany: () => askAs(greedy, whole), asOne: () => askAs(modest, 'text') })
  }

  test('leaves another one its share of the batches', async () => {
    // Behind all who wait already, each of the ten would see some thirty others served.
    expect(await crowdedOutOf('wide')).toBeLessThan(100)
  }, 30_000)

  test('leaves another one its share of a full queue', async () => {
    expect(await crowdedOutOf('narrow')).toBeLessThan(100)
  }, 30_000)
})
