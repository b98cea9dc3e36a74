import fc from 'fast-check'
import { callPiece, chunk, ending, opening, usageChunk } from './vllm-chunks.ts'

/** What one choice says: blocks in any order. */
type Block = SaidBlock | CallBlock

interface SaidBlock {
  readonly kind: 'reasoning' | 'content'
  readonly text: string
}

interface CallBlock {
  readonly kind: 'call'
  readonly name: string
  readonly json: string
}

/** A block's pieces, each an own delta or a part of one. */
interface Piece {
  readonly rank: number
  readonly delta: { reasoning?: string; content?: string; tool_calls?: object[] }
}

const blocks: fc.Arbitrary<Block[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('reasoning' as const, 'content' as const), text: fc.string({ minLength: 1 }) }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom('f', 'g'),
      json: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
    }),
  ),
  { maxLength: 6 },
)

/** Numbers that decide where to cut and what to merge; they begin anew when they are used up. */
export const dice = fc.array(fc.nat({ max: 9 }), { minLength: 5, maxLength: 40 })

export function createRolls(numbers: readonly number[]): () => number {
  let rolled = 0
  return () => numbers[rolled++ % numbers.length] ?? 0
}

function cut(text: string, roll: () => number): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const length = 1 + roll()
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

function piecesOf(choice: readonly Block[], roll: () => number): Piece[] {
  let calls = 0
  return choice.flatMap((block): Piece[] => {
    if (block.kind === 'call') return callPieces(block, calls++, roll)
    const pieces = cut(block.text, roll)
    if (block.kind === 'reasoning') return pieces.map((text) => ({ rank: 0, delta: { reasoning: text } }))
    return pieces.map((text) => ({ rank: 1, delta: { content: text } }))
  })
}

function callPieces({ name, json }: CallBlock, index: number, roll: () => number): Piece[] {
  const merged = roll() < 3
  const pieces = merged ? [{ name, json }] : [{ name }, ...cut(json, roll).map((part) => ({ json: part }))]
  return pieces.map((piece) => ({ rank: 2, delta: { tool_calls: [callPiece(index, piece)] } }))
}

/** One delta may hold several pieces, where reasoning comes before text and text before tools. */
function mergeSome(pieces: readonly Piece[], roll: () => number): Piece['delta'][] {
  const deltas: Piece['delta'][] = []
  let lastRank = 3
  for (const { rank, delta } of pieces) {
    const last = deltas.at(-1)
    if (last === undefined || rank < lastRank || roll() < 5) deltas.push(structuredClone(delta))
    else mergeInto(last, delta)
    lastRank = rank
    if (roll() === 0) deltas.push({ content: '' })
  }
  return deltas
}

function mergeInto(target: Piece['delta'], { reasoning, content, tool_calls }: Piece['delta']): void {
  if (reasoning !== undefined) target.reasoning = (target.reasoning ?? '') + reasoning
  if (content !== undefined) target.content = (target.content ?? '') + content
  if (tool_calls !== undefined) target.tool_calls = [...(target.tool_calls ?? []), ...tool_calls]
}

/** The choices' frames, in turns that the dice decide. */
function interleave(streams: readonly string[][], roll: () => number): string[] {
  const left = streams.map((stream) => [...stream])
  const frames: string[] = []
  while (left.some(({ length }) => length > 0)) {
    const from = left[roll() % left.length]
    const frame = from?.shift() ?? left.find(({ length }) => length > 0)?.shift()
    if (frame !== undefined) frames.push(frame)
  }
  return frames
}

export function framesOf(choices: readonly Block[][], roll: () => number): string[] {
  const streams = choices.map((choice, index) => {
    const deltas = mergeSome(piecesOf(choice, roll), roll)
    const called = choice.some(({ kind }) => kind === 'call')
    const middle = deltas.map((delta) => chunk(delta, { index }))
    return [opening(index), ...middle, ending(called ? 'tool_calls' : 'stop', null, index)]
  })
  return [...interleave(streams, roll), usageChunk({ prompt_tokens: 1, completion_tokens: 2 })]
}

/** What a decoder must have understood. */
export function wanted(choices: readonly Block[][]) {
  const said = (choice: readonly Block[], kind: 'reasoning' | 'content') =>
    choice.map((block) => (block.kind === kind && 'text' in block ? block.text : '')).join('')
  return choices.map((choice) => ({
    reasoning: said(choice, 'reasoning'),
    text: said(choice, 'content'),
    toolCalls: choice.flatMap((block) => (block.kind === 'call' ? [{ name: block.name, json: block.json }] : [])),
  }))
}

export const anyChoices = fc.array(blocks, { minLength: 1, maxLength: 3 })
