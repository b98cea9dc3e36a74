import { expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { createServeEmbeddings } from '../../src/embeddings/serve-embeddings.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { createScriptedUpstream } from './scripted-upstream.ts'

test('a request whose limits are reached has nothing counted, asked or batched', async () => {
  const never = () => {
    throw new Error('The model server was asked, or the line was entered.')
  }
  const limits = {
    enter() {
      throw new GatewayError('rate-limited', 'Too many.')
    },
  }
  const serve = createServeEmbeddings({
    limits,
    batches: { running: 0, waiting: 0, embed: never },
    upstream: { ...createScriptedUpstream(), card: never, tokenize: never },
    measuring: { enter: never },
  })
  const visit = openVisit()
  const asked = { inputs: [{ content: 'x'.repeat(100), field: 'input' }], overlong: { action: 'refuse' } } as const
  expect((await failureOf(() => serve(asked, visit))).kind).toBe('rate-limited')
  expect(visit.entry).toMatchObject({ outcome: 'failed' })
})
