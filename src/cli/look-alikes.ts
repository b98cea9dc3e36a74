import type { LlamaOptions } from '../simulator/llama/llama-options.ts'
import type { LookAlike } from '../simulator/look-alike.ts'
import type { SimulatorOptions } from '../simulator/simulator-options.ts'
import type { WhisperOptions } from '../simulator/whisper/whisper-options.ts'

/** A server that can be imitated. Each is loaded only when it is wanted, so that other commands start faster. */
export interface Imitated<Options> {
  readonly port: number
  /** In words. */
  readonly name: string
  create(options: Partial<Options>): Promise<LookAlike<string>>
}

export const vllm: Imitated<SimulatorOptions> = {
  port: 8092,
  name: 'the vLLM look-alike',
  create: async (options) => {
    const { createSimulator } = await import('../simulator/simulator.ts')
    return createSimulator(options)
  },
}

export const llama: Imitated<LlamaOptions> = {
  port: 8093,
  name: 'the llama.cpp look-alike',
  create: async (options) => {
    const { createLlamaSimulator } = await import('../simulator/llama/llama-simulator.ts')
    return createLlamaSimulator(options)
  },
}

export const whisper: Imitated<WhisperOptions> = {
  port: 8094,
  name: 'the whisper.cpp look-alike',
  create: async (options) => {
    const { createWhisperSimulator } = await import('../simulator/whisper/whisper-simulator.ts')
    return createWhisperSimulator(options)
  },
}
