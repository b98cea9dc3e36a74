import type { Answer } from '../../client/answer.ts'
import type { Finish, Usage } from '../../client/piece.ts'
import { withoutControls } from '../../client/without-controls.ts'

/** Such as `[gemma4: 12 prompt + 40 answer tokens, 0.21 s to the first, 52.3 tokens/s]`. */
export function describeAnswer({ text, finish, usage, firstMs, tokensPerSecond }: Answer, model: string): string {
  const parts = [
    ...describeUsage(usage),
    ...(firstMs === undefined ? [] : [`${(firstMs / 1000).toFixed(2)} s to the first`]),
    ...(tokensPerSecond === undefined ? [] : [`${tokensPerSecond.toFixed(1)} tokens/s`]),
    ...describeEnd(finish, text),
  ]
  return `[${withoutControls(model)}: ${parts.length === 0 ? 'the server tells no usage' : parts.join(', ')}]`
}

function describeUsage({ prompt, cached, output, thinking }: Usage): string[] {
  const said = [
    ...(prompt === undefined ? [] : [`${prompt} prompt${cached ? ` (${cached} cached)` : ''}`]),
    ...(output === undefined ? [] : [`${output} answer${thinking ? ` (${thinking} thinking)` : ''}`]),
  ]
  return said.length === 0 ? [] : [`${said.join(' + ')} tokens`]
}

const ends: Record<Finish, string[]> = {
  stop: [],
  length: ['cut off at its longest'],
  filtered: ['ended by a filter'],
  interrupted: ['stopped'],
}

function describeEnd(finish: Finish | undefined, text: string): string[] {
  const end = finish === undefined ? [] : ends[finish]
  return text === '' && finish !== 'interrupted' ? [...end, 'no text came'] : end
}
