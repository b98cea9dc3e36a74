import { randomUUID } from 'node:crypto'
import { tokenize, toolResponseId, turnEndId } from '../request/tokenizer.ts'
import type { Script, ScriptedCall } from './script.ts'

/** The delta of a chunk, its keys in vLLM's order. */
export interface Delta {
  readonly content?: string
  readonly reasoning?: string
  readonly tool_calls?: readonly CallDelta[]
}

interface CallDelta {
  readonly id?: string
  readonly type?: 'function'
  readonly index: number
  readonly function: { readonly name?: string; readonly arguments?: string }
}

/** What is generated between one chunk and the next. */
export interface Step {
  readonly delta: Delta
  /** The tokens behind the delta, its marks included. */
  readonly tokens: readonly string[]
  /** How many of the tokens are reasoning. */
  readonly reasoningTokens: number
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'abort' | 'repetition'

export interface Finish {
  readonly reason: FinishReason
  /** A token's id, or one of the caller's stop strings. */
  readonly stopReason: number | string | null
}

/** One choice, generated: its last step carries the finish. */
export interface Generation {
  readonly steps: readonly Step[]
  readonly tokenCount: number
  readonly reasoningTokens: number
  readonly finish: Finish
}

/** Cuts a script into steps, the end included; of one with more tokens than may come, little more than those. */
export function generate(script: Script, stoppedBy: string | null, maxTokens: number): Generation {
  const steps = script.merge ? [mergedStep(script)] : firstSteps(plainSteps(script), maxTokens)
  const called = script.calls.length > 0
  const endToken = called ? '<|tool_response>' : '<turn|>'
  steps.push({ delta: called ? {} : { content: '' }, tokens: [endToken], reasoningTokens: 0 })
  const stopReason = stoppedBy ?? (called ? toolResponseId : turnEndId)
  return sum(steps, { reason: called ? 'tool_calls' : 'stop', stopReason })
}

/** The same generation, ended after a number of its steps. */
export function endAfter(generation: Generation, steps: number, finish: Finish): Generation {
  return sum(generation.steps.slice(0, steps), finish)
}

/** The same generation, ended by `max_tokens`. What has called tools still says `tool_calls`. */
export function limit(generation: Generation, maxTokens: number): Generation {
  if (generation.tokenCount <= maxTokens) return generation
  const kept: Step[] = []
  let left = maxTokens
  for (const step of generation.steps) {
    if (step.tokens.length > left) {
      // The parser holds back what it has of a tool call's head.
      if (left > 0) kept.push({ delta: {}, tokens: step.tokens.slice(0, left), reasoningTokens: 0 })
      break
    }
    kept.push(step)
    left -= step.tokens.length
  }
  const called = kept.some((step) => step.delta.tool_calls !== undefined)
  return sum(kept, { reason: called ? 'tool_calls' : 'length', stopReason: null })
}

/** Adds a step before the end. */
export function insertContent(generation: Generation, content: string): Generation {
  const step: Step = { delta: { content }, tokens: [content], reasoningTokens: 0 }
  return sum([...generation.steps.slice(0, -1), step, ...generation.steps.slice(-1)], generation.finish)
}

function sum(steps: readonly Step[], finish: Finish): Generation {
  let tokenCount = 0
  let reasoningTokens = 0
  for (const step of steps) {
    tokenCount += step.tokens.length
    reasoningTokens += step.reasoningTokens
  }
  return { steps, tokenCount, reasoningTokens, finish }
}

/** Until the tokens are too many, and one more: what breaks a generation may put something before its last step. */
function firstSteps(steps: Iterable<Step>, maxTokens: number): Step[] {
  const first: Step[] = []
  let tokens = 0
  for (const step of steps) {
    first.push(step)
    if (tokens > maxTokens) break
    tokens += step.tokens.length
  }
  return first
}

function* plainSteps({ reasoning, content, calls }: Script): Generator<Step> {
  for (const token of tokenize(reasoning)) {
    yield { delta: { reasoning: token }, tokens: [token], reasoningTokens: 1 }
  }
  for (const token of tokenize(content)) {
    yield { delta: { content: token }, tokens: [token], reasoningTokens: 0 }
  }
  for (const [index, call] of calls.entries()) yield* callSteps(call, index)
}

/** The head of a call has no `arguments`; the pieces after it have nothing else. */
function* callSteps(call: ScriptedCall, index: number): Generator<Step> {
  const tool_calls = [{ ...callHead(index), function: { name: call.name } }]
  yield { delta: { tool_calls }, tokens: tokenize(`<|tool_call>call:${call.name}{`), reasoningTokens: 0 }
  for (const token of tokenize(call.arguments)) {
    const piece = [{ index, function: { arguments: token } }]
    yield { delta: { tool_calls: piece }, tokens: [token], reasoningTokens: 0 }
  }
}

function callHead(index: number): { id: string; type: 'function'; index: number } {
  return { id: `chatcmpl-tool-${randomUUID().replaceAll('-', '').slice(0, 16)}`, type: 'function', index }
}

function mergedStep({ reasoning, content, calls }: Script): Step {
  const tool_calls = calls.map((call, index) => ({ ...callHead(index), function: { ...call } }))
  const written = calls.map((call) => `<|tool_call>call:${call.name}${call.arguments}`).join('')
  const thought = tokenize(reasoning)
  return {
    delta: {
      ...(content !== '' && { content }),
      ...(reasoning !== '' && { reasoning }),
      ...(tool_calls.length > 0 && { tool_calls }),
    },
    tokens: [...thought, ...tokenize(content + written)],
    reasoningTokens: thought.length,
  }
}
