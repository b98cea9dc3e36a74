import { describe, expect, test } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import type { EmbeddingsRequest, InputContent, OverlongRule } from '../../src/embeddings/embeddings-request.ts'
import type { EmbeddingsCard } from '../../src/embeddings/embeddings-upstream.ts'
import { fitInputs } from '../../src/embeddings/fit-inputs.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { createScriptedUpstream } from './scripted-upstream.ts'

interface Fitting {
  readonly card?: Partial<EmbeddingsCard>
  readonly overlong?: OverlongRule
  readonly counts?: boolean
}

async function fitted(contents: readonly InputContent[], { card = {}, overlong, counts = true }: Fitting = {}) {
  const request: EmbeddingsRequest = {
    inputs: contents.map((content, at) => ({ content, field: `input[${at}]` })),
    overlong: overlong ?? { action: 'refuse' },
  }
  const counted: string[] = []
  const scripted = createScriptedUpstream({ card: { inputTokens: 10, ...card }, counts })
  const upstream = {
    ...scripted,
    tokenize(text: string, signal: AbortSignal) {
      counted.push(text)
      return scripted.tokenize(text, signal)
    },
  }
  const result = await fitInputs(request, { upstream, measuring: openPlaces(9) }, openVisit())
  return { contents: result.inputs.map(({ content }) => content), counted }
}

function openPlaces(placesMax: number) {
  return createPlaces({ placesMax, queueMax: 9, waitMaxMs: 60_000 })
}

const cut = { action: 'cut' } as const

describe('what is not counted', () => {
  test('what probably fits, because the server would refuse it otherwise', async () => {
    const contents = ['a', 'x'.repeat(30)]
    expect(await fitted(contents)).toEqual({ contents, counted: [] })
  })

  test('anything where nobody knows a limit', async () => {
    const contents = ['x'.repeat(10_000)]
    expect(await fitted(contents, { card: { inputTokens: null } })).toEqual({ contents, counted: [] })
  })

  test('what cannot fit, whatever it says', async () => {
    const failure = await failureOf(() => fitted(['a', 'x'.repeat(641)]))
    expect(failure).toMatchObject({ kind: 'context-overflow', field: 'input[1]', overflow: { contextWindow: 10 } })
    expect(failure.message).toContain('`input[1]` has more')
  })
})

describe('what may be too long is counted', () => {
  test('and refused with its tokens', async () => {
    const failure = await failureOf(() => fitted(['x'.repeat(31)]))
    expect(failure).toMatchObject({ field: 'input[0]', overflow: { contextWindow: 10, promptTokens: 31 } })
  })

  test('and cut to what the model takes', async () => {
    const { contents } = await fitted(['a', 'x'.repeat(50)], { overlong: cut })
    expect(contents).toEqual(['a', Array.from({ length: 10 }, () => 120)])
  })

  test("exactly where the owner's limit is below the server's", async () => {
    const card = { isStrict: true }
    expect((await fitted(['x'.repeat(10)], { card })).counted).toHaveLength(1)
    expect((await failureOf(() => fitted(['x'.repeat(11)], { card }))).kind).toBe('context-overflow')
  })

  test("exactly where the caller's limit is below the model's", async () => {
    const { contents } = await fitted(['abcd'], { overlong: { ...cut, tokensMax: 3 } })
    expect(contents).toEqual([[97, 98, 99]])
  })

  test('but where the tokenizer fails the server decides', async () => {
    const contents = ['x'.repeat(50)]
    expect((await fitted(contents, { counts: false })).contents).toEqual(contents)
  })
})

describe('ids', () => {
  test('are counted by looking at them', async () => {
    const ids = Array.from({ length: 11 }, () => 1)
    expect((await failureOf(() => fitted([ids]))).overflow).toEqual({ contextWindow: 10, promptTokens: 11 })
    expect((await fitted([ids], { overlong: cut })).contents).toEqual([ids.slice(1)])
  })

  test('beyond the vocabulary are refused by their place', async () => {
    const failure = await failureOf(() => fitted(['a', [1, 50]], { card: { vocabulary: 50 } }))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'input[1][1]' })
    expect(failure.message).toContain('below 50')
  })
})

describe('a request whose inputs are counted', () => {
  const request: EmbeddingsRequest = {
    inputs: [{ content: 'x'.repeat(31), field: 'input' }],
    overlong: { action: 'refuse' },
  }

  test('has a place for that, which it leaves whatever comes of it, and others wait for it', async () => {
    const measuring = openPlaces(1)
    const { promise: counted, resolve: count } = Promise.withResolvers<readonly number[]>()
    const scripted = createScriptedUpstream({ card: { inputTokens: 10 } })
    const first = fitInputs(request, { upstream: { ...scripted, tokenize: () => counted }, measuring }, openVisit())
    const second = fitInputs(request, { upstream: scripted, measuring }, openVisit())
    await expect.poll(() => [measuring.running, measuring.waiting]).toEqual([1, 1])
    count([1, 2, 3])
    expect(await first).toEqual(request)
    expect((await failureOf(() => second)).kind).toBe('context-overflow')
    expect(measuring.running).toBe(0)
  })

  test('leaves it when nothing is counted any more, also where one input ended it for all', async () => {
    const measuring = openPlaces(1)
    let counting = 0
    const tokenize = async (text: string, signal: AbortSignal) => {
      if (text.startsWith('first')) return Array.from({ length: 31 }, () => 0)
      counting++
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      counting--
      return undefined
    }
    const upstream = { ...createScriptedUpstream({ card: { inputTokens: 10 } }), tokenize }
    const inputs = ['first', ...Array.from({ length: 20 }, () => 'other')].map((word, at) => {
      return { content: word + 'x'.repeat(31), field: `input[${at}]` }
    })
    const failure = await failureOf(() => fitInputs({ ...request, inputs }, { upstream, measuring }, openVisit()))
    expect(failure).toMatchObject({ kind: 'context-overflow', field: 'input[0]' })
    expect([counting, measuring.running]).toEqual([0, 0])
  })

  test.each<[string, InputContent]>([
    ['more ids than there is room for', Array.from({ length: 11 }, () => 1)],
    ['a text that is too long whatever it says', 'x'.repeat(641)],
  ])('is refused without a place where that is known: %s', async (_what, content) => {
    const never = { enter: () => Promise.reject(new Error('A place was wanted.')) }
    const inputs = [
      { content: 'x'.repeat(31), field: 'input[0]' },
      { content, field: 'input[1]' },
    ]
    const upstream = createScriptedUpstream({ card: { inputTokens: 10 } })
    const failure = await failureOf(() =>
      fitInputs({ ...request, inputs }, { upstream, measuring: never }, openVisit()),
    )
    expect(failure).toMatchObject({ kind: 'context-overflow', field: 'input[1]' })
  })

  test('needs none where nothing has to be counted', async () => {
    const never = { enter: () => Promise.reject(new Error('A place was wanted.')) }
    const short = { ...request, inputs: [{ content: 'short', field: 'input' }] }
    const upstream = createScriptedUpstream({ card: { inputTokens: 100 } })
    expect(await fitInputs(short, { upstream, measuring: never }, openVisit())).toBe(short)
  })
})
