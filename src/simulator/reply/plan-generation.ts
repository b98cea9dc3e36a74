import type { Faults } from '../faults/fault.ts'
import { endAfter, type FinishReason, type Generation, generate, insertContent, limit } from './generation.ts'
import { type Scene, type Script, writeScript } from './script.ts'

export interface GenerationLimits {
  readonly maxTokens: number
  readonly faults: Faults
  readonly reasoningParser: boolean
}

/** What one choice of a request generates, with everything that may end it early. */
export function planGeneration(scene: Scene, choice: number, limits: GenerationLimits): Generation {
  const { maxTokens, faults, reasoningParser } = limits
  const written = breakScript(writeScript(scene, choice), faults)
  const { script, stoppedBy } = cutAtStop(reasoningParser ? written : leakReasoning(written), scene.body.stop ?? [])
  const generation = limit(breakGeneration(generate(script, stoppedBy, maxTokens), faults), maxTokens)
  return faults.size === 0 ? generation : breakEnd(generation, faults)
}

/** Without a reasoning parser the marks stay in the content. */
function leakReasoning(script: Script): Script {
  if (script.reasoning === '') return script
  return { ...script, reasoning: '', content: `<|channel>thought\n${script.reasoning}<channel|>${script.content}` }
}

function cutAtStop(script: Script, stops: readonly string[]): { script: Script; stoppedBy: string | null } {
  const inReasoning = earliest(script.reasoning, stops)
  if (inReasoning !== undefined) {
    const reasoning = script.reasoning.slice(0, inReasoning.at)
    return { script: { ...script, reasoning, content: '', calls: [] }, stoppedBy: inReasoning.stop }
  }
  const inContent = earliest(script.content, stops)
  if (inContent === undefined) return { script, stoppedBy: null }
  return { script: { ...script, content: script.content.slice(0, inContent.at), calls: [] }, stoppedBy: inContent.stop }
}

function earliest(text: string, stops: readonly string[]): { at: number; stop: string } | undefined {
  return stops
    .map((stop) => ({ at: text.indexOf(stop), stop }))
    .filter(({ at }) => at !== -1)
    .sort((left, right) => left.at - right.at)[0]
}

function breakScript(script: Script, faults: Faults): Script {
  if (faults.has('unclosed-thinking')) return { ...script, reasoning: script.reasoning + script.content, content: '' }
  const last = script.calls.at(-1)
  if (!faults.has('truncated-tool-call') || last === undefined) return script
  const cut = { ...last, arguments: last.arguments.slice(0, Math.ceil(last.arguments.length / 2)) }
  return { ...script, calls: [...script.calls.slice(0, -1), cut] }
}

function breakGeneration(generation: Generation, faults: Faults): Generation {
  const hugeLength = faults.get('huge-event')
  return hugeLength === undefined ? generation : insertContent(generation, 'x'.repeat(hugeLength))
}

function breakEnd(generation: Generation, faults: Faults): Generation {
  const last = generation.steps.length - 1
  if (faults.has('truncated-tool-call') && generation.finish.reason === 'tool_calls') {
    return endAfter(generation, last, { reason: 'tool_calls', stopReason: null })
  }
  for (const reason of ['abort', 'repetition'] as const satisfies readonly FinishReason[]) {
    if (faults.has(reason)) return endAfter(generation, Math.max(1, last >> 1), { reason, stopReason: null })
  }
  return generation
}
