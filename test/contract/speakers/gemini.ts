import * as z from 'zod'
import type { Letter, Result, Story, Told, ToldError, Tool, Turn } from '../story.ts'
import { geminiObject, toldObjects } from './gemini-objects.ts'
import { mustBe, readUnnamed, sseType } from './read-sse.ts'
import type { Speaker } from './speaker.ts'

const address = '/v1beta/models/gemma4'

const errorObject = z.strictObject({
  error: z.strictObject({
    code: z.int(),
    message: z.string().min(1),
    status: z.string(),
    details: z.array(z.looseObject({ '@type': z.string().startsWith('type.googleapis.com/google.rpc.') })).optional(),
  }),
})
const violations = z.array(z.object({ field: z.string() }))

function toldError(object: unknown): ToldError {
  const { code, message, status, details = [] } = errorObject.parse(object).error
  const field = details.flatMap((detail) => violations.safeParse(detail['fieldViolations']).data ?? [])[0]?.field
  return { word: `${code} ${status}`, message, field: field ?? null }
}

const gemini: Omit<Speaker, 'name' | 'ask' | 'readStream' | 'streamType' | 'keepAlive'> = {
  family: 'gemini',
  // Of one allowed tool there may be several calls, and that is how it is asked for.
  lacks: ['choices by name'],
  tellFinish: (finish) => (finish === 'stop-string' ? 'stop' : finish),
  goOn,
  present: (key) => ({ 'x-goog-api-key': key }),
  misfit: {
    letter: {
      path: `${address}:generateContent`,
      headers: {},
      body: {
        contents: [{ parts: [{ text: 'Hi' }] }],
        tools: [{ functionDeclarations: [{ name: '' }] }],
      },
    },
    field: 'tools[0].functionDeclarations[0].name',
  },
  unknownRoute: `${address}:predict`,
  readWhole: (text) => toldObjects([geminiObject.parse(JSON.parse(text))]),
  readError: (text) => toldError(JSON.parse(text)),
}

/** As every SDK asks. */
export const geminiSse: Speaker = {
  ...gemini,
  name: 'gemini',
  streamType: sseType,
  ask: (story, streamed) => ask(story, streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'),
  readStream(text) {
    const { comments, data } = readUnnamed(text)
    mustBe(comments === 0, 'Google’s older SDKs break on comments.')
    // Theirs is the pattern `data: (.*)`, whose dot stands for no separator of lines or paragraphs.
    mustBe(!/[\u2028\u2029]/.test(text), 'Google’s older SDKs break on separators of lines.')
    return readObjects(data.map((json): unknown => JSON.parse(json)))
  },
  keepAlive: /^(?:data: \{"usageMetadata":\{[^{}]*\},"modelVersion":"gemma4","responseId":"[^"]*"\}\n\n)+/,
}

/** As Google answers where no form is asked for: a list that grows. */
export const geminiList: Speaker = {
  ...gemini,
  name: 'gemini as a list',
  streamType: 'application/json; charset=utf-8',
  ask: (story, streamed) => ask(story, streamed ? 'streamGenerateContent' : 'generateContent'),
  readStream: (text) => ({
    ...readObjects(z.array(z.unknown()).parse(JSON.parse(text))),
    // Line ends that part no objects and end no list.
    keepAlives: [...text.matchAll(/(?<!\r)\n(?!\])/g)].length,
  }),
  keepAlive: /^\n+/,
}

function readObjects(objects: readonly unknown[]): Told {
  const failure = errorObject.safeParse(objects.at(-1))
  if (!failure.success) return toldObjects(objects.map((object) => geminiObject.parse(object)))
  const before = toldObjects(objects.slice(0, -1).map((object) => geminiObject.parse(object)))
  mustBe(before.finish === null, 'A failure comes after the finish.')
  return { ...before, usage: null, error: toldError(failure.data) }
}

function ask(story: Story, method: string): Letter {
  const { says, system, image, thinks = false, tools, format, stop, maxTokens, temperature } = story
  const model = story.model ?? 'gemma4'
  return {
    path: `/v1beta/models/${model}:${method}`,
    headers: {},
    body: {
      systemInstruction: system === undefined ? undefined : { parts: [{ text: system }] },
      contents: [...(story.before ?? []).map(turnContent), { role: 'user', parts: [...seen(image), { text: says }] }],
      tools: tools === undefined ? undefined : [{ functionDeclarations: tools.map(tool) }],
      toolConfig: choiceOf(story),
      generationConfig: {
        thinkingConfig: thinks ? { includeThoughts: true } : { thinkingBudget: 0 },
        responseMimeType: format === undefined ? undefined : 'application/json',
        responseJsonSchema: format,
        stopSequences: stop === undefined ? undefined : [stop],
        maxOutputTokens: maxTokens,
        temperature,
      },
    },
  }
}

function tool({ name, description, properties }: Tool) {
  return { name, description, parametersJsonSchema: { type: 'object', properties } }
}

function choiceOf({ choice }: Story): object | undefined {
  if (choice === undefined) return undefined
  return { functionCallingConfig: { mode: choice === 'none' ? 'NONE' : 'ANY' } }
}

function seen(image: string | undefined): object[] {
  return image === undefined ? [] : [{ inlineData: { mimeType: 'image/png', data: image } }]
}

function turnContent(turn: Turn): object {
  switch (turn.by) {
    case 'user':
      return { role: 'user', parts: [{ text: turn.text }] }
    case 'model': {
      const said = turn.text === undefined ? [] : [{ text: turn.text }]
      const called = (turn.calls ?? []).map((functionCall) => ({ functionCall }))
      return { role: 'model', parts: [...said, ...called] }
    }
    case 'tools':
      return resultsContent(turn.results)
    default:
      return turn satisfies never
  }
}

function resultsContent(results: readonly Result[]): object {
  const parts = results.map(({ call: { id, name }, text, image }) => {
    const media = image === undefined ? {} : { parts: seen(image) }
    return { functionResponse: { id, name, response: { output: text }, ...media } }
  })
  return { role: 'user', parts }
}

function goOn({ body, ...rest }: Letter, { turn }: Told, results: readonly Result[]): Letter {
  const contents = [...z.array(z.unknown()).parse(body['contents']), ...turn, resultsContent(results)]
  return { ...rest, body: { ...body, contents } }
}
