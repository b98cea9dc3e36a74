import type { SimulatorOptions } from '../simulator-options.ts'

/** Has vLLM's form, and says in every reply, also in one that a client scripted, that no model has spoken. */
export function systemFingerprint({ version }: SimulatorOptions): string {
  return `vllm-${version}-simulated`
}
