import type { SimulatorOptions } from '../simulator-options.ts'

/** The text of `/v1/models`; one model, and no route for a single one. */
export function modelList({ model, root, maxModelLen }: SimulatorOptions): string {
  const created = Math.floor(Date.now() / 1000)
  const permission = {
    id: 'modelperm-simulated',
    object: 'model_permission',
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  }
  const card = { id: model, object: 'model', created, owned_by: 'vllm', root, parent: null, max_model_len: maxModelLen }
  return JSON.stringify({ object: 'list', data: [{ ...card, permission: [permission] }] })
}
