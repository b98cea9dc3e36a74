import { isJsonObject } from '../wire/is-json-object.ts'
import type { AnswerRules } from './answer-rules.ts'
import type { SaidChoice } from './held-choice.ts'
import { loadAjv, schemaMisfit } from './schema-misfit.ts'
import type { TimeBox } from './time-box.ts'

/** Why an answer will not do. What is `wrong` is said in words for the model. */
export type Misfit =
  | { readonly kind: 'no-call' }
  /** A word for each call; undefined for those that will do. */
  | { readonly kind: 'wrong-calls'; readonly wrong: readonly (string | undefined)[] }
  | { readonly kind: 'wrong-format'; readonly wrong: string }
  | { readonly kind: 'only-thought' }

/**
 * What is wrong with an answer by its rules, if anything. A call that was cut is told as it is, and its finish tells of
 * that; what cannot be checked in time will do.
 */
export function judgeAnswer(said: SaidChoice, rules: AnswerRules, timeBox: TimeBox): Misfit | undefined {
  if (said.calls.length > 0) return judgeCalls(said, rules, timeBox)
  if (rules.forced !== undefined) return { kind: 'no-call' }
  // What its length or a stop string ended is an answer to what was asked.
  if (said.finish !== 'stop') return undefined
  const wrong = formatMisfit(said.text, rules, timeBox)
  if (wrong !== undefined) return { kind: 'wrong-format', wrong }
  return rules.thinkingOnly !== 'leave' && isOnlyThought(said) ? { kind: 'only-thought' } : undefined
}

/** The channel of thought was never closed, so that the whole answer is in it. */
export function isOnlyThought({ reasoning, text, calls }: SaidChoice): boolean {
  return calls.length === 0 && reasoning.trim() !== '' && text.trim() === ''
}

function judgeCalls({ calls, finish }: SaidChoice, rules: AnswerRules, timeBox: TimeBox): Misfit | undefined {
  if (rules.checked.size === 0) return undefined
  loadAjv()
  const wrong = timeBox.run(() => calls.map((call) => callMisfit(call, rules, finish === 'length')))
  return wrong?.some((words) => words !== undefined) ? { kind: 'wrong-calls', wrong } : undefined
}

type SaidCall = SaidChoice['calls'][number]

function callMisfit({ name, json, complete }: SaidCall, rules: AnswerRules, wasCut: boolean): string | undefined {
  const { forced, checked } = rules
  if (typeof forced === 'object' && forced.function.name !== name) return `Call ${forced.function.name} instead.`
  if (forced !== undefined && !checked.has(name)) return 'There is no such tool.'
  if (!complete) return wasCut || !checked.has(name) ? undefined : 'The arguments are not one JSON object.'
  const schema = checked.get(name)
  return schema === undefined ? undefined : schemaMisfit(schema, JSON.parse(json), 'arguments')
}

function formatMisfit(text: string, { format }: AnswerRules, timeBox: TimeBox): string | undefined {
  if (format === undefined) return undefined
  if (format.type === 'json_object') return isJsonObject(text) ? undefined : 'it is not one JSON object'
  const value = parseJson(text)
  if (value === undefined) return 'it is not JSON'
  loadAjv()
  return timeBox.run(() => schemaMisfit(format.json_schema.schema, value, 'it'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
