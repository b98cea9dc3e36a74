import * as z from 'zod'
import type { Finish, Told, ToldUsage } from '../story.ts'
import { mustBe } from './read-sse.ts'

const part = z.union([
  z.strictObject({ text: z.string(), thought: z.literal(true).optional() }),
  z.strictObject({
    functionCall: z.strictObject({
      id: z.string().min(1),
      name: z.string().min(1),
      args: z.record(z.string(), z.unknown()),
    }),
    thoughtSignature: z.base64().min(1).optional(),
  }),
])
type Part = z.infer<typeof part>

const usage = z.strictObject({
  promptTokenCount: z.int(),
  cachedContentTokenCount: z.int().optional(),
  candidatesTokenCount: z.int().optional(),
  thoughtsTokenCount: z.int().optional(),
  totalTokenCount: z.int(),
})

const candidate = z.strictObject({
  content: z.strictObject({ role: z.literal('model'), parts: z.array(part).min(1) }),
  finishReason: z.enum(['STOP', 'MAX_TOKENS', 'MALFORMED_FUNCTION_CALL']).optional(),
  index: z.literal(0),
})

/** One object of an answer, or the whole of it. Without a candidate it only says that there is still somebody. */
export const geminiObject = z.strictObject({
  candidates: z.tuple([candidate]).optional(),
  usageMetadata: usage,
  modelVersion: z.string(),
  responseId: z.string().min(1),
})
type GeminiObject = z.infer<typeof geminiObject>

/** What a whole reply says in one object, and a stream in several. */
export function toldObjects(objects: readonly GeminiObject[]): Told {
  const spoken = objects.flatMap(({ candidates }) => candidates ?? [])
  const names = new Set(objects.map(({ modelVersion, responseId }) => `${modelVersion} ${responseId}`))
  mustBe(names.size <= 1, 'Objects of one answer differ in what they are called.')
  const early = spoken.slice(0, -1).some(({ finishReason }) => finishReason !== undefined)
  mustBe(
    (!early && objects.at(-1)?.candidates !== undefined) || spoken.at(-1)?.finishReason === undefined,
    'Something comes after the finish.',
  )
  const parts = spoken.flatMap(({ content }) => content.parts)
  const calls = parts.flatMap((found) => ('functionCall' in found ? [found.functionCall] : []))
  checkSignatures(parts)
  mustBe(/^t*s*c*$/.test(parts.map(kindOf).join('')), 'Thoughts come first, and calls last.')
  const finish = spoken.at(-1)?.finishReason
  return {
    reasoning: textIn(parts, true),
    text: textIn(parts, undefined),
    calls,
    finish: finish === undefined ? null : finishOf(finish, calls.length),
    usage: finish === undefined ? null : toldUsage(objects.at(-1)?.usageMetadata),
    error: null,
    keepAlives: objects.length - spoken.length,
    turn: [{ role: 'model', parts }],
  }
}

function finishOf(finish: 'STOP' | 'MAX_TOKENS' | 'MALFORMED_FUNCTION_CALL', calls: number): Finish {
  if (finish === 'MALFORMED_FUNCTION_CALL') return 'malformed-call'
  if (finish === 'MAX_TOKENS') return 'length'
  return calls > 0 ? 'tool-calls' : 'stop'
}

function textIn(parts: readonly Part[], thought: true | undefined): string {
  return parts.map((found) => ('text' in found && found.thought === thought ? found.text : '')).join('')
}

/** A stream's last object has a text that says nothing. */
function kindOf(found: Part): string {
  if ('functionCall' in found) return 'c'
  if (found.text === '') return ''
  return found.thought === true ? 't' : 's'
}

/** Only the first call of a turn is signed. */
function checkSignatures(parts: readonly Part[]): void {
  const signed = parts.flatMap((found) => ('functionCall' in found ? [found.thoughtSignature !== undefined] : []))
  mustBe(!signed.slice(1).includes(true), 'A call that is not the first is signed.')
}

/** Thoughts are counted beside the answer, and in the total. */
function toldUsage(found: z.infer<typeof usage> | undefined): ToldUsage {
  const { candidatesTokenCount: said, thoughtsTokenCount: thought, cachedContentTokenCount: cached } = found ?? {}
  mustBe(
    found !== undefined && said !== undefined && thought !== undefined && cached !== undefined,
    'A count is missing.',
  )
  mustBe(found.totalTokenCount === found.promptTokenCount + said + thought, 'The total is no sum.')
  return { prompt: found.promptTokenCount, cached, completion: said + thought, reasoning: thought }
}
